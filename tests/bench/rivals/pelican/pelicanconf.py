"""Pelican's site for the bench. The cache's switch and the folders come from the command line."""

SITENAME = "荆州市人民政府门户网站"
SITEURL = "https://www.jingzhou.gov.cn"
THEME = "theme"
TIMEZONE = "Asia/Shanghai"
DEFAULT_LANG = "zh"
LOCALE = ("C.UTF-8",)
ARTICLE_URL = ARTICLE_SAVE_AS = "{category}/{date:%Y%m}/t{date:%Y%m%d}_{slug}.html"
CATEGORY_URL = CATEGORY_SAVE_AS = "{slug}/index.html"
SLUGIFY_SOURCE = "basename"
DEFAULT_PAGINATION = 20
PAGINATED_TEMPLATES = {"category": 20}
PAGINATION_PATTERNS = (
    (1, "{name}/index{extension}", "{name}/index{extension}"),
    (2, "{name}/page-{number}{extension}", "{name}/page-{number}{extension}"),
)
DIRECT_TEMPLATES = ["index", "sitemap"]
SITEMAP_SAVE_AS = "sitemap.xml"
TAG_SAVE_AS = AUTHOR_SAVE_AS = DRAFT_SAVE_AS = PAGE_SAVE_AS = ""
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
FEED_ALL_RSS = "feeds/all.rss.xml"
CATEGORY_FEED_RSS = "feeds/{slug}.rss.xml"
FEED_MAX_ITEMS = 20
SUMMARY_MAX_LENGTH = None
STATIC_PATHS = []
PLUGINS = []
MARKDOWN = {"extension_configs": {}, "output_format": "html5"}
