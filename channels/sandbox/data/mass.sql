CREATE TABLE IF NOT EXISTS mass_sends (
    msg_id INTEGER PRIMARY KEY, appid TEXT NOT NULL, clientmsgid TEXT NOT NULL, msgtype TEXT NOT NULL,
    article_id TEXT NOT NULL UNIQUE, articles TEXT NOT NULL, submitted REAL NOT NULL, asked REAL NOT NULL,
    polls INTEGER NOT NULL, outcome TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS mass_sends_by_account ON mass_sends (appid, clientmsgid);
-- What followers see of an account on their phones, in whichever way it went out.
CREATE VIEW IF NOT EXISTS on_phones AS
    SELECT appid, article_id, articles, submitted, 0 AS sent_to_all FROM publications WHERE outcome = 0
    UNION ALL
    SELECT appid, article_id, articles, submitted, 1 FROM mass_sends WHERE outcome = 'SEND_SUCCESS' AND msgtype = 'mpnews';
