"""What each of WeChat's codes lets us do (contracts: WeChat 2.2, 4–7, 11). A code that does not stand here is refused."""

from datetime import timedelta

from channels.outcomes import UNREGISTERED, Meaning, Outcome

_REFUSED, _WAIT, _UNKNOWN, _RENEW, _DONE = (
    Outcome.REFUSED,
    Outcome.WAIT,
    Outcome.UNKNOWN,
    Outcome.RENEW,
    Outcome.DONE,
)


OUTCOMES: dict[int, Meaning] = {
    -1: Meaning(_UNKNOWN, "系统繁忙"),
    40001: Meaning(_RENEW, "令牌无效或已被替换"),
    40002: Meaning(_REFUSED, "参数不合法"),
    40004: Meaning(_REFUSED, "媒体类型不合法"),
    40005: Meaning(_REFUSED, "文件格式不支持"),
    40006: Meaning(_REFUSED, "文件过大"),
    40007: Meaning(_UNKNOWN, "素材或草稿不存在"),
    40009: Meaning(_REFUSED, "图片过大"),
    40013: Meaning(_REFUSED, "appid 不正确，请核对大小写"),
    40014: Meaning(_RENEW, "令牌不合法"),
    40032: Meaning(_REFUSED, "接收人数超过平台的上限"),
    40033: Meaning(_REFUSED, "含有不允许的转义字符"),
    40059: Meaning(_UNKNOWN, "群发任务编号无效"),
    40114: Meaning(_REFUSED, "图文序号不对"),
    40125: Meaning(_REFUSED, "密钥（secret）不正确"),
    40130: Meaning(_REFUSED, "接收人数少于平台的下限"),
    40137: Meaning(_REFUSED, "图片格式不支持"),
    40152: Meaning(_REFUSED, "群发的标签不合法"),
    40164: Meaning(_REFUSED, "服务器 IP 不在公众号的白名单内，请管理员在公众平台登记"),
    40215: Meaning(_REFUSED, "群发的图片数量不合法"),
    40243: Meaning(_REFUSED, "密钥已被冻结，请管理员在公众平台解冻"),
    41001: Meaning(_REFUSED, "缺少令牌"),
    41002: Meaning(_REFUSED, "缺少 appid"),
    41004: Meaning(_REFUSED, "缺少密钥（secret）"),
    41005: Meaning(_REFUSED, "没有收到文件"),
    41039: Meaning(_REFUSED, "阅读原文的网址不合法"),
    41040: Meaning(_REFUSED, "未满足原创声明的条件，请到公众平台修改原创声明"),
    42001: Meaning(_RENEW, "令牌已过期"),
    43002: Meaning(_REFUSED, "请求方法不对"),
    44002: Meaning(_REFUSED, "请求内容为空"),
    44003: Meaning(_REFUSED, "图文内容为空"),
    44004: Meaning(_REFUSED, "文字内容为空"),
    45001: Meaning(_REFUSED, "文件过大"),
    45002: Meaning(_REFUSED, "正文过长"),
    45003: Meaning(_REFUSED, "标题过长"),
    45004: Meaning(_REFUSED, "摘要过长"),
    45009: Meaning(_WAIT, "当天调用次数已用完", daily=True),
    45011: Meaning(_WAIT, "每分钟调用次数已用完"),
    45028: Meaning(_WAIT, "本期的群发次数已用完", daily=True),
    45062: Meaning(_REFUSED, "平台已不支持含广告合约的群发"),
    45065: Meaning(_DONE, "这次群发已经提交过"),
    45066: Meaning(_WAIT, "同一次群发重复提交过快", timedelta(seconds=65)),
    45067: Meaning(_REFUSED, "群发的任务标识过长"),
    45083: Meaning(_REFUSED, "群发速度设置不合法"),
    45084: Meaning(_REFUSED, "没有设置群发速度"),
    45110: Meaning(_REFUSED, "作者名过长"),
    45113: Meaning(_REFUSED, "平台已不支持同时含商品和卡券的群发"),
    45162: Meaning(_REFUSED, "群发的消息类型不合法"),
    45166: Meaning(_REFUSED, "正文含有平台不允许的内容或外部链接"),
    47001: Meaning(_REFUSED, "请求格式有误"),
    48001: Meaning(_REFUSED, "公众号没有这个接口的权限，请核对认证状态"),
    48003: Meaning(_REFUSED, "公众号还没有同意群发规则，请管理员到公众平台同意"),
    48004: Meaning(_REFUSED, "群发接口已被封禁，请管理员到公众平台查看"),
    48006: Meaning(_REFUSED, "本月的调用次数清零机会已用完"),
    48021: Meaning(_REFUSED, "草稿最后一次是自动保存的，请到公众平台手动保存后再发"),
    48022: Meaning(_REFUSED, "草稿含有接口上传的视频，请到公众平台重新保存后再发"),
    50002: Meaning(_REFUSED, "公众号的功能受到限制，请管理员到公众平台查看"),
    50004: Meaning(_REFUSED, "接口已被禁用"),
    50007: Meaning(_REFUSED, "公众号已被冻结"),
    53402: Meaning(_REFUSED, "封面裁剪失败"),
    53404: Meaning(_REFUSED, "账号已被限制带货"),
    53405: Meaning(_REFUSED, "商品信息有误"),
    53406: Meaning(_REFUSED, "请先开通带货能力"),
    53500: Meaning(_REFUSED, "发布功能被封禁，请到公众平台处理"),
    53501: Meaning(_WAIT, "发布过于频繁", timedelta(hours=1)),
    53502: Meaning(_REFUSED, "发布任务编号无效"),
    53503: Meaning(_REFUSED, "草稿未通过发布检查，请到公众平台检查草稿"),
    53504: Meaning(_REFUSED, "须到公众平台官网使用草稿"),
    53505: Meaning(_REFUSED, "请先到公众平台手动保存草稿"),
    53600: Meaning(_DONE, "文章不存在"),
    61500: Meaning(_REFUSED, "日期格式不对"),
    61501: Meaning(_REFUSED, "日期范围不对"),
    61503: Meaning(_WAIT, "数据还没有统计好", timedelta(hours=1)),
    88000: Meaning(_REFUSED, "没有留言权限"),
    89501: Meaning(_WAIT, "等待管理员确认本次调用", timedelta(minutes=10)),
    89503: Meaning(_WAIT, "本次调用需要管理员在微信中确认", timedelta(minutes=10)),
    89504: Meaning(_UNKNOWN, "群发保护：等待管理员在微信中确认"),
    89505: Meaning(_UNKNOWN, "群发保护：已请管理员在微信中确认"),
    89506: Meaning(_WAIT, "管理员拒绝了本次调用", timedelta(hours=24)),
    89507: Meaning(_WAIT, "管理员拒绝了本次调用", timedelta(hours=1)),
}

# At the token endpoint these mean a wrong secret, for good (contracts: WeChat 2.2).
TOKEN_REFUSED: dict[int, Meaning] = {40001: Meaning(_REFUSED, "密钥（secret）不正确，请核对并更新凭据")}

BAD_MEDIA = 40007
BAD_PUBLISH_ID = frozenset({40002, 53502})
BAD_ARTICLE = 53600
# Mass sends (contracts: WeChat 7.2, 7.3).
SENDS_USED = 45028
SENT_BEFORE = 45065
TOO_FAST = 45066
CONFIRMATION = frozenset({89504, 89505})


def meaning_of(code: int) -> Meaning:
    return OUTCOMES.get(code, UNREGISTERED)
