"""What each of Weibo's codes lets us do (contracts: Weibo 8). A code that does not stand here is refused."""

from datetime import timedelta

from channels.calls import Outcome

_REFUSED, _WAIT, _UNKNOWN, _RENEW, _DONE = (
    Outcome.REFUSED,
    Outcome.WAIT,
    Outcome.UNKNOWN,
    Outcome.RENEW,
    Outcome.DONE,
)

# code: (outcome, what an editor is told)
OUTCOMES: dict[int, tuple[Outcome, str]] = {
    10001: (_UNKNOWN, "系统错误"),
    10002: (_WAIT, "服务暂停"),
    10003: (_UNKNOWN, "远程服务错误"),
    10004: (_REFUSED, "服务器 IP 不在应用的安全 IP 内，请在微博开放平台登记"),
    10005: (_REFUSED, "应用权限级别不足"),
    10006: (_REFUSED, "缺少应用标识"),
    10007: (_REFUSED, "不支持的内容类型"),
    10008: (_REFUSED, "参数错误"),
    10009: (_WAIT, "任务过多，系统繁忙"),
    10010: (_UNKNOWN, "任务超时"),
    10011: (_UNKNOWN, "内部调用错误"),
    10012: (_REFUSED, "非法请求"),
    10013: (_REFUSED, "不合法的用户"),
    10014: (_REFUSED, "应用没有这个接口的权限"),
    10016: (_REFUSED, "缺少必选参数"),
    10017: (_REFUSED, "参数值不合法，或文字中没有安全域名下的链接，请核对应用登记的安全域名"),
    10018: (_REFUSED, "请求长度超过限制"),
    10020: (_REFUSED, "接口不存在"),
    10021: (_REFUSED, "请求方法不对"),
    10022: (_WAIT, "IP 请求次数已到上限"),
    10023: (_WAIT, "账号请求次数已到上限"),
    10024: (_WAIT, "账号对该接口的请求次数已到上限"),
    10025: (_REFUSED, "内部参数错误"),
    20005: (_REFUSED, "图片格式不支持"),
    20006: (_REFUSED, "图片过大"),
    20007: (_REFUSED, "没有收到图片"),
    20008: (_REFUSED, "内容为空"),
    20012: (_REFUSED, "文字超过140字"),
    20013: (_REFUSED, "文字超过300字"),
    20014: (_RENEW, "安全检查参数有误"),
    20015: (_RENEW, "账号、IP 或应用被认为异常"),
    20016: (_WAIT, "发布过于频繁"),
    20017: (_UNKNOWN, "近期发布过相似内容"),
    20018: (_REFUSED, "含有非法网址"),
    20019: (_UNKNOWN, "近期发布过相同内容"),
    20020: (_REFUSED, "被认为含有广告信息"),
    20021: (_REFUSED, "被认为含有违规内容"),
    20022: (_RENEW, "IP 异常"),
    20023: (_RENEW, "该功能暂不可用"),
    20031: (_RENEW, "需要验证码"),
    20032: (_DONE, "发布成功，一至两分钟后可见"),
    20033: (_RENEW, "登录状态异常"),
    20101: (_REFUSED, "该微博不存在"),
    20102: (_REFUSED, "不是本账号的微博"),
    20103: (_REFUSED, "不能转发自己的微博"),
    20104: (_REFUSED, "不合法的微博"),
    20109: (_REFUSED, "缺少微博编号"),
    20111: (_UNKNOWN, "不能重复发布相同内容"),
    20112: (_REFUSED, "因隐私设置不能操作该微博"),
    21301: (_RENEW, "授权失败"),
    21315: (_RENEW, "授权已过期"),
    21316: (_RENEW, "授权被拒绝"),
    21317: (_RENEW, "授权被拒绝"),
    21319: (_RENEW, "授权已被解除"),
    21321: (_RENEW, "未审核应用超出测试账号数，或授权已被撤销"),
    21327: (_RENEW, "授权已过期"),
    21331: (_WAIT, "授权服务暂不可用"),
    21332: (_RENEW, "授权无效"),
    21335: (_REFUSED, "只能读取本账号的微博"),
    21602: (_REFUSED, "含有敏感词"),
}

GONE = 20101
# Said of a text that the account has posted lately: after a lost answer it was probably our own attempt.
REPEATED = frozenset({20017, 20019, 20111})
NO_PERMISSION = 10014
SHOWN_LATER = 20032

# How long to wait; the documentation states no Retry-After (contracts: Weibo 7).
WAITS: dict[int, timedelta] = {
    10022: timedelta(hours=1),
    10023: timedelta(hours=1),
    10024: timedelta(hours=1),
    20016: timedelta(minutes=15),
}
USUAL_WAIT = timedelta(minutes=1)


def outcome_of(code: int) -> tuple[Outcome, str]:
    return OUTCOMES.get(code, (_REFUSED, "平台返回了未登记的错误"))
