"""What a Weibo cannot say, found before the sign-off."""

from channels.weibo.wording import ADVISED, LIMIT, composed, foreign_addresses, length, topics
from content.finding import Finding, error, warning
from content.item import Fields
from content.office import Site
from content.outlet import Outlet


def findings(words: str, fields: Fields, outlet: Outlet, site: Site) -> list[Finding]:
    """All problems of a Weibo's words at this outlet; the item's page is counted as the platform counts an address."""
    place = f"outlet/{outlet.id}"
    status = composed(words, f"{site.url}/{'0' * 40}")
    found = [_topic(place, topic) for topic in topics(words)]
    found += [_foreign(place, address) for address in foreign_addresses(words, site.domain)]
    return found + too_long(status, place, own=bool(fields.word("weibo.text")))


def too_long(status: str, place: str, *, own: bool) -> list[Finding]:
    """An error above 140, a warning above the 130 that third parties measured as safe."""
    counted = length(status)
    if counted > LIMIT:
        source = "words.weibo.text 的微博文字" if own else "由标题和摘要组成的微博文字"
        room = LIMIT - length(composed("", "https://a.cn/"))
        mend = f"请在 words.weibo.text 中写一段不超过{room}字的微博文字（网址另计，系统不会自行截断）"
        return [error("weibo-too-long", place, f"{source}连同网址共{counted}字，超过{LIMIT}字", mend)]
    if counted > ADVISED:
        message = f"微博文字连同网址共{counted}字，平台实际计数可能更严"
        return [
            warning("weibo-nearly-too-long", place, message, f"建议把 words.weibo.text 压缩到连同网址{ADVISED}字以内")
        ]
    return []


def _topic(place: str, topic: str) -> Finding:
    message = f"微博文字中有话题“{topic[:40]}”，分享接口不允许话题"
    return error("weibo-topic", place, message, "请在 words.weibo.text 中去掉成对的“#”")


def _foreign(place: str, address: str) -> Finding:
    message = f"微博文字中有本站以外的网址“{address[:80]}”"
    return error("weibo-foreign-link", place, message, "请删去该网址；系统会在文末自动加上本站网页的网址")
