CREATE TABLE riverpayout_migration (
	version integer PRIMARY KEY,
	applied timestamptz NOT NULL DEFAULT now()
);

-- A merchant is a login at one gateway: several merchants, a sandbox and production share a database without meeting.
CREATE TABLE riverpayout_merchant (
	id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	base_url text NOT NULL,
	login    text NOT NULL,
	UNIQUE (base_url, login)
);

-- A payout: no account, no card, no name. Rows are kept, so that no client_orderid is used twice.
CREATE TABLE riverpayout_payout (
	merchant         integer NOT NULL REFERENCES riverpayout_merchant,
	client_orderid   text COLLATE "C" NOT NULL,
	state            text NOT NULL, -- 'created', or a payneteasy.State
	revision         integer NOT NULL, -- 0 while created
	attempt          text NOT NULL DEFAULT '',
	command          text NOT NULL DEFAULT '',
	endpoint         text NOT NULL DEFAULT '',
	amount           numeric,
	currency         text NOT NULL DEFAULT '',
	order_id         text NOT NULL DEFAULT '',
	other_orders     text NOT NULL DEFAULT '',
	serial_number    text NOT NULL DEFAULT '',
	status           text NOT NULL DEFAULT '',
	transaction_type text NOT NULL DEFAULT '',
	amount_differs   boolean NOT NULL DEFAULT false, -- paid, but not as was asked for
	was              text NOT NULL DEFAULT '',
	verdict          text NOT NULL DEFAULT '',
	reason           text NOT NULL DEFAULT '',
	began            timestamptz, -- by the clock of the worker that began it
	changed          timestamptz,
	enqueued         timestamptz, -- these by the clock of the database
	sent             timestamptz, -- when the licence to send was given
	told             timestamptz, -- when the merchant's OnFinal was told
	told_as          text NOT NULL DEFAULT '', -- and of what, as far as he books by it
	job              bigint, -- river_job.id of the one job that works it; NULL: any
	problem          text NOT NULL DEFAULT '', -- why a person should look
	problem_since    timestamptz,
	PRIMARY KEY (merchant, client_orderid),
	CONSTRAINT riverpayout_created CHECK ((state = 'created') = (revision = 0))
);

-- What is open: few, however many are finished.
CREATE INDEX riverpayout_payout_open ON riverpayout_payout (merchant, began)
	WHERE state IN ('sending', 'unknown', 'accepted', 'held');

-- What is enqueued and not told yet.
CREATE INDEX riverpayout_payout_untold ON riverpayout_payout (merchant, enqueued)
	WHERE enqueued IS NOT NULL AND told IS NULL;

-- What was told when: rows come in that order, nearly, so that this stays small.
CREATE INDEX riverpayout_payout_told ON riverpayout_payout USING brin (told);

-- What callbacks have told of an order, so that the same news is told once, by whichever process they reach.
CREATE TABLE riverpayout_callback (
	merchant   integer NOT NULL REFERENCES riverpayout_merchant,
	order_hash text COLLATE "C" NOT NULL, -- SHA-256 of client_orderid and orderid
	told       text NOT NULL DEFAULT '',
	busy_until timestamptz, -- while one is handled
	changed    timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (merchant, order_hash)
);

-- For people: what is on its way, since when.
CREATE VIEW riverpayout_open AS
	SELECT m.base_url, m.login, p.client_orderid, p.state, p.endpoint, p.amount, p.currency, p.order_id, p.other_orders,
		p.enqueued, p.sent, p.problem, p.problem_since, p.job
	FROM riverpayout_payout p JOIN riverpayout_merchant m ON m.id = p.merchant
	WHERE p.enqueued IS NOT NULL AND p.told IS NULL;

-- What of that a person should look at.
CREATE VIEW riverpayout_parked AS SELECT * FROM riverpayout_open WHERE problem <> '';

-- And what was told, of what, when. told_as is paid, not paid, not sent, reversed or look, and more of the last two.
CREATE VIEW riverpayout_told AS
	SELECT m.base_url, m.login, p.client_orderid, p.told_as, p.told, p.endpoint, p.amount, p.currency, p.order_id, p.other_orders,
		p.enqueued, p.sent, p.verdict, p.reason
	FROM riverpayout_payout p JOIN riverpayout_merchant m ON m.id = p.merchant
	WHERE p.enqueued IS NOT NULL AND p.told IS NOT NULL;

INSERT INTO riverpayout_migration (version) VALUES (1);
