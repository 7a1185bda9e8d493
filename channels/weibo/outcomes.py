"""What each of Weibo's codes lets us do (contracts: Weibo 8). A code that does not stand here is refused."""

from datetime import timedelta

from channels.outcomes import UNREGISTERED, Meaning, Outcome

_REFUSED, _WAIT, _UNKNOWN, _REPEATED, _AUTHORISE, _DONE = (
    Outcome.REFUSED,
    Outcome.WAIT,
    Outcome.UNKNOWN,
    Outcome.REPEATED,
    Outcome.AUTHORISE,
    Outcome.DONE,
)
# No Retry-After is documented (contracts: Weibo 7).
_AN_HOUR, _A_WHILE = timedelta(hours=1), timedelta(minutes=15)

OUTCOMES: dict[int, Meaning] = {
    10001: Meaning(_UNKNOWN, "系统错误"),
    10002: Meaning(_WAIT, "服务暂停"),
    10003: Meaning(_UNKNOWN, "远程服务错误"),
    10004: Meaning(_REFUSED, "服务器 IP 不在应用的安全 IP 内，请在微博开放平台登记"),
    10005: Meaning(_REFUSED, "应用权限级别不足"),
    10006: Meaning(_REFUSED, "缺少应用标识"),
    10007: Meaning(_REFUSED, "不支持的内容类型"),
    10008: Meaning(_REFUSED, "参数错误"),
    10009: Meaning(_WAIT, "任务过多，系统繁忙"),
    10010: Meaning(_UNKNOWN, "任务超时"),
    10011: Meaning(_UNKNOWN, "内部调用错误"),
    10012: Meaning(_REFUSED, "非法请求"),
    10013: Meaning(_REFUSED, "不合法的用户"),
    10014: Meaning(_REFUSED, "应用没有这个接口的权限"),
    10016: Meaning(_REFUSED, "缺少必选参数"),
    10017: Meaning(_REFUSED, "参数值不合法，或文字中没有安全域名下的链接，请核对应用登记的安全域名"),
    10018: Meaning(_REFUSED, "请求长度超过限制"),
    10020: Meaning(_REFUSED, "接口不存在"),
    10021: Meaning(_REFUSED, "请求方法不对"),
    10022: Meaning(_WAIT, "IP 请求次数已到上限", _AN_HOUR),
    10023: Meaning(_WAIT, "账号请求次数已到上限", _AN_HOUR),
    10024: Meaning(_WAIT, "账号对该接口的请求次数已到上限", _AN_HOUR),
    10025: Meaning(_REFUSED, "内部参数错误"),
    20005: Meaning(_REFUSED, "图片格式不支持"),
    20006: Meaning(_REFUSED, "图片过大"),
    20007: Meaning(_REFUSED, "没有收到图片"),
    20008: Meaning(_REFUSED, "内容为空"),
    20012: Meaning(_REFUSED, "文字超过140字"),
    20013: Meaning(_REFUSED, "文字超过300字"),
    20014: Meaning(_AUTHORISE, "安全检查参数有误"),
    20015: Meaning(_AUTHORISE, "账号、IP 或应用被认为异常"),
    20016: Meaning(_WAIT, "发布过于频繁", _A_WHILE),
    20017: Meaning(_REPEATED, "近期发布过相似内容"),
    20018: Meaning(_REFUSED, "含有非法网址"),
    20019: Meaning(_REPEATED, "近期发布过相同内容"),
    20020: Meaning(_REFUSED, "被认为含有广告信息"),
    20021: Meaning(_REFUSED, "被认为含有违规内容"),
    20022: Meaning(_AUTHORISE, "IP 异常"),
    20023: Meaning(_AUTHORISE, "该功能暂不可用"),
    20031: Meaning(_AUTHORISE, "需要验证码"),
    20032: Meaning(_DONE, "发布成功，一至两分钟后可见"),
    20033: Meaning(_AUTHORISE, "登录状态异常"),
    20101: Meaning(_REFUSED, "该微博不存在"),
    20102: Meaning(_REFUSED, "不是本账号的微博"),
    20103: Meaning(_REFUSED, "不能转发自己的微博"),
    20104: Meaning(_REFUSED, "不合法的微博"),
    20109: Meaning(_REFUSED, "缺少微博编号"),
    20111: Meaning(_REPEATED, "不能重复发布相同内容"),
    20112: Meaning(_REFUSED, "因隐私设置不能操作该微博"),
    21301: Meaning(_AUTHORISE, "授权失败"),
    21315: Meaning(_AUTHORISE, "授权已过期"),
    21316: Meaning(_AUTHORISE, "授权被拒绝"),
    21317: Meaning(_AUTHORISE, "授权被拒绝"),
    21319: Meaning(_AUTHORISE, "授权已被解除"),
    21321: Meaning(_AUTHORISE, "未审核应用超出测试账号数，或授权已被撤销"),
    21322: Meaning(_AUTHORISE, "回调地址与应用登记的不一致"),
    21323: Meaning(_REFUSED, "授权请求不合法"),
    21324: Meaning(_AUTHORISE, "应用标识或密钥不正确"),
    21325: Meaning(_AUTHORISE, "授权码无效或已过期"),
    21326: Meaning(_AUTHORISE, "应用没有获得授权"),
    21327: Meaning(_AUTHORISE, "授权已过期"),
    21328: Meaning(_REFUSED, "不支持的授权方式"),
    21329: Meaning(_REFUSED, "不支持的授权返回方式"),
    21330: Meaning(_AUTHORISE, "账号拒绝了授权"),
    21331: Meaning(_WAIT, "授权服务暂不可用"),
    21332: Meaning(_AUTHORISE, "授权无效"),
    21335: Meaning(_REFUSED, "只能读取本账号的微博"),
    21337: Meaning(_AUTHORISE, "应用没有授权接口的权限"),
    21501: Meaning(_REFUSED, "没有给出要缩短的网址"),
    21502: Meaning(_REFUSED, "要缩短的网址过多"),
    21503: Meaning(_REFUSED, "要缩短的网址不合法"),
    21504: Meaning(_REFUSED, "要缩短的网址过长"),
    21602: Meaning(_REFUSED, "含有敏感词"),
}

GONE = 20101
NO_PERMISSION = 10014
SHOWN_LATER = 20032


def meaning_of(code: int) -> Meaning:
    return OUTCOMES.get(code, UNREGISTERED)
