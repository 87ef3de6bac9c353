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
--
-- entry is all that is known of it, as payneteasy.Entry writes itself. Only that package decides what it means: the generated
-- columns, cause and step follow from it, for queries and views.
CREATE TABLE riverpayout_payout (
	merchant       integer NOT NULL REFERENCES riverpayout_merchant,
	client_orderid text COLLATE "C" NOT NULL,
	entry          jsonb NOT NULL,
	revision       integer NOT NULL GENERATED ALWAYS AS ((entry->>'revision')::integer) STORED,
	decision       text NOT NULL GENERATED ALWAYS AS (entry->>'decision') STORED,
	send           text NOT NULL GENERATED ALWAYS AS (entry->>'send') STORED,
	endpoint       text NOT NULL GENERATED ALWAYS AS (coalesce(entry->>'endpoint', '')) STORED,
	cause          text NOT NULL, -- of a review
	step           text NOT NULL, -- what a job does next, if the payout was enqueued
	began          timestamptz, -- by the clock of the database, as the times below
	enqueued       timestamptz, -- NULL: it was paid without a job
	told           timestamptz, -- when the merchant was told of this attempt last
	job            bigint, -- river_job.id of the one job that works it; NULL: any
	queue          text NOT NULL DEFAULT '', -- River's, of its jobs
	turn           timestamptz, -- while it waits at a limit: when it may be sent, or since when it could have been
	problem        text NOT NULL DEFAULT '', -- why it does not go on
	problem_since  timestamptz,
	PRIMARY KEY (merchant, client_orderid),
	CONSTRAINT riverpayout_step CHECK (step IN ('send', 'ask', 'tell', 'done'))
);

-- What a journal has open: few, however many are finished.
CREATE INDEX riverpayout_payout_open ON riverpayout_payout (merchant, began)
	WHERE decision IN ('pending', 'unknown', 'refused', 'review') AND send <> 'created';

-- What jobs have to work.
CREATE INDEX riverpayout_payout_live ON riverpayout_payout (merchant, enqueued)
	WHERE enqueued IS NOT NULL AND step <> 'done';

-- What a person should look at.
CREATE INDEX riverpayout_payout_parked ON riverpayout_payout (merchant) WHERE problem <> '' OR decision = 'review';

-- What waits at a limit, in its order.
CREATE INDEX riverpayout_payout_turn ON riverpayout_payout (merchant, endpoint, turn) WHERE turn IS NOT NULL;

-- What was told when: rows come in that order, nearly, so that this stays small.
CREATE INDEX riverpayout_payout_told ON riverpayout_payout USING brin (told);

-- For people: payouts in columns.
CREATE VIEW riverpayout_all AS
	SELECT m.base_url, m.login, p.client_orderid, p.decision, p.cause, p.send, p.endpoint,
		(p.entry->'amount'->>'amount')::numeric AS amount, p.entry->'amount'->>'currency' AS currency,
		p.entry->'orders'->0->>'id' AS order_id, p.entry->'orders' AS orders,
		p.entry->'settlement'->>'reason' AS reason, p.step, p.enqueued, CASE WHEN p.entry ? 'attempt' THEN p.began END AS sent, p.told,
		p.problem, p.problem_since, p.turn, p.job, p.merchant
	FROM riverpayout_payout p JOIN riverpayout_merchant m ON m.id = p.merchant;

-- What is on its way, since when.
CREATE VIEW riverpayout_open AS
	SELECT base_url, login, client_orderid, decision, cause, endpoint, amount, currency, order_id, orders,
		enqueued, sent, problem, problem_since, job
	FROM riverpayout_all WHERE enqueued IS NOT NULL AND step <> 'done';

-- What a person should look at: every review, until it is settled, and what does not go on.
CREATE VIEW riverpayout_parked AS
	SELECT base_url, login, client_orderid, decision, cause, endpoint, amount, currency, order_id, orders,
		enqueued, sent, coalesce(nullif(problem, ''), 'review: ' || cause) AS problem, coalesce(problem_since, told, sent, enqueued) AS since, job
	FROM riverpayout_all WHERE problem <> '' OR decision = 'review';

-- And what was told, when, with what is known of it now. reason is why a person settled or cancelled it.
CREATE VIEW riverpayout_told AS
	SELECT base_url, login, client_orderid, decision, cause, told, endpoint, amount, currency, order_id, orders, enqueued, sent, reason
	FROM riverpayout_all WHERE enqueued IS NOT NULL AND told IS NOT NULL;

-- How much all processes together send to an endpoint. A limit only delays: it never gives permission to send.
CREATE TABLE riverpayout_limit (
	merchant   integer NOT NULL REFERENCES riverpayout_merchant,
	endpoint   text NOT NULL,
	per_second numeric, -- NULL is no limit, 0 a stop
	at_once    integer, -- NULL is no limit, 0 a stop
	next       timestamptz NOT NULL, -- the first turn that is free
	paced      timestamptz NOT NULL, -- before it no more are let through, even if their turn has come
	PRIMARY KEY (merchant, endpoint),
	CONSTRAINT riverpayout_per_second CHECK (per_second = 0 OR per_second BETWEEN 0.0001 AND 100000),
	CONSTRAINT riverpayout_at_once CHECK (at_once >= 0)
);

-- The payout calls that are on their way to an endpoint whose at_once is limited.
CREATE TABLE riverpayout_call (
	id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	merchant       integer NOT NULL,
	endpoint       text NOT NULL,
	client_orderid text COLLATE "C" NOT NULL,
	until          timestamptz NOT NULL -- it counts no longer, should its process have died
);
CREATE INDEX riverpayout_call_endpoint ON riverpayout_call (merchant, endpoint);

-- What waits at a limit: for a turn that is to come, or, if that has come, for another call to end or a stop to be lifted.
CREATE VIEW riverpayout_limited AS
	SELECT p.base_url, p.login, p.endpoint, p.client_orderid, p.turn, l.per_second, l.at_once, p.amount, p.currency, p.enqueued, p.job
	FROM riverpayout_all p LEFT JOIN riverpayout_limit l ON l.merchant = p.merchant AND l.endpoint = p.endpoint
	WHERE p.turn IS NOT NULL AND p.step = 'send';

-- The jobs of those whose turn has come run at once: River is told, as when a job is inserted. It waits for no lock, so that it
-- never stands in River's way.
CREATE FUNCTION riverpayout_wake(of_merchant integer, of_endpoint text, how_many bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	its_queue text;
BEGIN
	FOR its_queue IN UPDATE river_job SET state = 'available', scheduled_at = now() WHERE id = ANY (ARRAY(
		SELECT j.id FROM riverpayout_payout p JOIN river_job j ON j.id = p.job
		WHERE p.merchant = of_merchant AND p.endpoint = of_endpoint AND p.turn <= now()
			AND p.step = 'send' AND j.state IN ('available', 'retryable', 'scheduled') AND j.scheduled_at > now()
		ORDER BY p.turn LIMIT how_many FOR UPDATE OF j SKIP LOCKED)) RETURNING queue
	LOOP
		PERFORM pg_notify(concat(current_schema(), '.river_insert'), json_build_object('queue', its_queue)::text);
	END LOOP;
END $$;

-- Limits an endpoint: NULL is no limit, 0 stops. What waits comes at once, and gets new turns, in any order.
CREATE FUNCTION riverpayout_set_limit(base_url text, login text, endpoint text, per_second numeric, at_once integer)
RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	whose integer;
	place ALIAS FOR $3;
	rate  ALIAS FOR $4;
	calls ALIAS FOR $5;
BEGIN
	SELECT id INTO whose FROM riverpayout_merchant m WHERE m.base_url = $1 AND m.login = $2;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no merchant % as %: see riverpayout_merchant', $1, $2 USING ERRCODE = 'invalid_parameter_value';
	ELSIF (place ~ '^(group/)?[1-9][0-9]{0,18}$' AND substring(place FROM '[0-9]+$')::numeric <= 9223372036854775807::numeric) IS NOT TRUE THEN
		RAISE EXCEPTION '% is neither an endpoint id nor group/ with one', coalesce(quote_literal(place), 'NULL') USING ERRCODE = 'invalid_parameter_value';
	ELSIF NOT (rate = 0.0 OR rate BETWEEN 0.0001 AND 100000.0) THEN
		RAISE EXCEPTION 'per_second is %, and not 0, nor from 0.0001 to 100000', rate USING ERRCODE = 'invalid_parameter_value';
	ELSIF calls < 0 THEN
		RAISE EXCEPTION 'at_once is %, which is negative', calls USING ERRCODE = 'invalid_parameter_value';
	END IF;
	-- One after the other, and no payout gets a turn in between.
	INSERT INTO riverpayout_limit AS l (merchant, endpoint, per_second, at_once, next, paced)
		VALUES (whose, place, rate, calls, clock_timestamp(), clock_timestamp())
		ON CONFLICT (merchant, endpoint) DO UPDATE SET
			per_second = excluded.per_second, at_once = excluded.at_once, next = excluded.next, paced = excluded.paced
		WHERE (l.per_second, l.at_once) IS DISTINCT FROM (excluded.per_second, excluded.at_once);
	IF rate IS NULL AND calls IS NULL THEN
		DELETE FROM riverpayout_limit l WHERE l.merchant = whose AND l.endpoint = place;
	END IF;
END $$;

-- What waits at a limit that is another now, and no stop, comes at once. It is a trigger that is deferred to the commit: River waits for a
-- job that is locked, and a transaction that is left open would keep all jobs of the database from their time.
CREATE FUNCTION riverpayout_limit_set() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	l riverpayout_limit := coalesce(NEW, OLD);
BEGIN
	WITH waiting AS (
		SELECT merchant, client_orderid FROM riverpayout_payout
		WHERE merchant = l.merchant AND endpoint = l.endpoint AND turn IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED
	), cleared AS (
		UPDATE riverpayout_payout p SET turn = NULL FROM waiting w
		WHERE p.merchant = w.merchant AND p.client_orderid = w.client_orderid RETURNING p.job
	)
	UPDATE river_job SET state = 'available', scheduled_at = now() WHERE id = ANY (ARRAY(
		SELECT j.id FROM river_job j WHERE j.id IN (SELECT job FROM cleared)
			AND j.state IN ('available', 'retryable', 'scheduled') AND j.scheduled_at > now() FOR UPDATE SKIP LOCKED));
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER riverpayout_limit_set AFTER INSERT OR UPDATE OF per_second, at_once ON riverpayout_limit
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
	WHEN (NEW.per_second IS DISTINCT FROM 0 AND NEW.at_once IS DISTINCT FROM 0) EXECUTE FUNCTION riverpayout_limit_set();
CREATE CONSTRAINT TRIGGER riverpayout_limit_gone AFTER DELETE ON riverpayout_limit
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION riverpayout_limit_set();

-- With the rights of who migrates, so that people need none on the tables, and in this schema, whatever theirs is. Their operators
-- have operands of one type, so that no operator of a user fits better than PostgreSQL's.
ALTER FUNCTION riverpayout_set_limit(text, text, text, numeric, integer) SECURITY DEFINER;
ALTER FUNCTION riverpayout_limit_set() SECURITY DEFINER;
REVOKE EXECUTE ON FUNCTION riverpayout_set_limit(text, text, text, numeric, integer), riverpayout_limit_set() FROM PUBLIC;
DO $$ BEGIN
	EXECUTE format('ALTER FUNCTION riverpayout_set_limit(text, text, text, numeric, integer) SET search_path = %I, pg_temp', current_schema());
	EXECUTE format('ALTER FUNCTION riverpayout_limit_set() SET search_path = %I, pg_temp', current_schema());
END $$;

-- Asks whether a payout may be sent now: rest is NULL, or how many milliseconds to wait before asking again. If at_once is
-- limited, place is to be given to riverpayout_leave when the call has ended, and is free in any case after so many milliseconds.
CREATE FUNCTION riverpayout_enter(of_merchant integer, of_endpoint text, payout text, longest bigint,
	OUT place bigint, OUT rest bigint) LANGUAGE plpgsql AS $$
DECLARE
	l    riverpayout_limit;
	p    riverpayout_payout;
	due  timestamptz;
	asks timestamptz;
	gap  interval;
	dead bigint := 0;
	busy boolean := false;
BEGIN
	SELECT * INTO l FROM riverpayout_limit WHERE merchant = of_merchant AND endpoint = of_endpoint FOR NO KEY UPDATE;
	IF NOT FOUND THEN -- any more
		RETURN;
	END IF;
	SELECT * INTO p FROM riverpayout_payout WHERE merchant = of_merchant AND client_orderid = payout
		AND step = 'send' FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN -- another run of the payout is at it: no reason to let a whole endpoint wait
		rest := 1000;
		RETURN;
	END IF;
	asks := clock_timestamp(); -- after the locks
	due := p.turn;
	busy := coalesce(l.per_second = 0, false) OR coalesce(l.at_once = 0, false);
	IF l.per_second > 0 AND NOT busy THEN
		gap := make_interval(secs => (1 / l.per_second)::double precision);
		IF due IS NULL OR due <= asks AND l.paced > asks THEN -- that of many that come late, as after an outage, is lost
			due := greatest(l.next, l.paced, asks);
			UPDATE riverpayout_limit SET next = due + gap WHERE merchant = of_merchant AND endpoint = of_endpoint;
		END IF;
	END IF;
	due := coalesce(due, asks);
	IF l.at_once > 0 AND NOT busy AND due <= asks THEN
		DELETE FROM riverpayout_call WHERE merchant = of_merchant AND endpoint = of_endpoint AND until <= asks;
		GET DIAGNOSTICS dead = ROW_COUNT;
		busy := (SELECT count(*) FROM riverpayout_call WHERE merchant = of_merchant AND endpoint = of_endpoint) >= l.at_once;
	END IF;
	IF busy OR due > asks THEN
		rest := ceil(extract(epoch FROM due - asks) * 1000);
		IF rest <= 0 THEN -- as long as it has waited already, so that few ask in vain
			rest := least(greatest(-rest, 1000), 300000);
		END IF;
		IF p.turn IS DISTINCT FROM due THEN
			UPDATE riverpayout_payout SET turn = due WHERE merchant = of_merchant AND client_orderid = payout;
		END IF;
		RETURN;
	END IF;
	IF gap IS NOT NULL THEN -- jobs come up to two seconds late, and not one by one, as River looks for them
		UPDATE riverpayout_limit SET paced = greatest(l.paced, asks - interval '2 s') + gap
		WHERE merchant = of_merchant AND endpoint = of_endpoint;
	END IF;
	IF p.turn IS NOT NULL THEN -- it is used up
		UPDATE riverpayout_payout SET turn = NULL WHERE merchant = of_merchant AND client_orderid = payout;
	END IF;
	IF l.at_once > 0 THEN
		INSERT INTO riverpayout_call (merchant, endpoint, client_orderid, until)
			VALUES (of_merchant, of_endpoint, payout, asks + longest * interval '1 ms') RETURNING id INTO place;
		IF dead > 1 THEN -- places of the dead that this one does not take
			PERFORM riverpayout_wake(of_merchant, of_endpoint, dead - 1);
		END IF;
	END IF;
END $$;

-- A transaction that was left open and has a limit's row locked must not stop all workers.
ALTER FUNCTION riverpayout_enter(integer, text, text, bigint) SET lock_timeout = '1s';

-- Gives a place back, and lets the one that has waited longest have it.
CREATE FUNCTION riverpayout_leave(place bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	c riverpayout_call;
BEGIN
	DELETE FROM riverpayout_call WHERE id = place RETURNING * INTO c;
	IF FOUND THEN
		PERFORM riverpayout_wake(c.merchant, c.endpoint, 1);
	END IF;
END $$;

INSERT INTO riverpayout_migration (version) VALUES (1);
