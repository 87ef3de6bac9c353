CREATE TABLE riverpayout_migration (
	version integer PRIMARY KEY,
	applied timestamptz NOT NULL DEFAULT now()
);

-- A merchant is a login at one gateway. Several merchants, a sandbox and production can share a database without
-- affecting each other.
CREATE TABLE riverpayout_merchant (
	id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	base_url text NOT NULL,
	login    text NOT NULL,
	UNIQUE (base_url, login)
);

-- A row is a payout. It has no account, no card and no name. Rows are kept, so that no client_orderid is used twice.
--
-- entry is all that is known about the payout, in the JSON of payneteasy.Entry. Only that package decides what it
-- means. The generated columns, cause and step follow from it, for queries and views.
CREATE TABLE riverpayout_payout (
	merchant       integer NOT NULL REFERENCES riverpayout_merchant,
	client_orderid text COLLATE "C" NOT NULL,
	entry          jsonb NOT NULL,
	revision       integer NOT NULL GENERATED ALWAYS AS ((entry->>'revision')::integer) STORED,
	decision       text NOT NULL GENERATED ALWAYS AS (entry->>'decision') STORED,
	send           text NOT NULL GENERATED ALWAYS AS (entry->>'send') STORED,
	endpoint       text NOT NULL GENERATED ALWAYS AS (coalesce(entry->>'endpoint', '')) STORED,
	cause          text NOT NULL, -- the cause of a review
	step           text NOT NULL, -- what a job does next, if the payout was enqueued
	began          timestamptz, -- by the database's clock, like the times below
	enqueued       timestamptz, -- NULL if it was paid without a job
	told           timestamptz, -- when the merchant was last told about this attempt
	job            bigint, -- river_job.id of the only job that may work it, or NULL if any job may
	queue          text NOT NULL DEFAULT '', -- River's queue for its jobs
	turn           timestamptz, -- only while it waits at a limit, the time from which it may be sent
	problem        text NOT NULL DEFAULT '', -- why it does not continue
	problem_since  timestamptz,
	PRIMARY KEY (merchant, client_orderid),
	CONSTRAINT riverpayout_step CHECK (step IN ('send', 'ask', 'tell', 'done'))
);

-- The open entries of a journal. They are few, even if many payouts are finished.
CREATE INDEX riverpayout_payout_open ON riverpayout_payout (merchant, began)
	WHERE decision IN ('pending', 'unknown', 'refused', 'review') AND send <> 'created';

-- Payouts that jobs must work.
CREATE INDEX riverpayout_payout_live ON riverpayout_payout (merchant, enqueued)
	WHERE enqueued IS NOT NULL AND step <> 'done';

-- Payouts that a person should look at.
CREATE INDEX riverpayout_payout_parked ON riverpayout_payout (merchant) WHERE problem <> '' OR decision = 'review';

-- Payouts that wait at a limit, in order of their turns.
CREATE INDEX riverpayout_payout_turn ON riverpayout_payout (merchant, endpoint, turn) WHERE turn IS NOT NULL;

-- When each payout was told. Rows are added nearly in this order, so the index stays small.
CREATE INDEX riverpayout_payout_told ON riverpayout_payout USING brin (told);

-- Payouts in columns, for people.
CREATE VIEW riverpayout_all AS
	SELECT m.base_url, m.login, p.client_orderid, p.decision, p.cause, p.send, p.endpoint,
		(p.entry->'amount'->>'amount')::numeric AS amount, p.entry->'amount'->>'currency' AS currency,
		p.entry->'orders'->0->>'id' AS order_id, p.entry->'orders' AS orders,
		p.entry->'settlement'->>'reason' AS reason, p.step, p.enqueued, CASE WHEN p.entry ? 'attempt' THEN p.began END AS sent, p.told,
		p.problem, p.problem_since, p.turn, p.job, p.merchant
	FROM riverpayout_payout p JOIN riverpayout_merchant m ON m.id = p.merchant;

-- Payouts that are not finished, and since when.
CREATE VIEW riverpayout_open AS
	SELECT base_url, login, client_orderid, decision, cause, endpoint, amount, currency, order_id, orders,
		enqueued, sent, problem, problem_since, job
	FROM riverpayout_all WHERE enqueued IS NOT NULL AND step <> 'done';

-- Payouts that a person should look at. These are the reviews that are not settled, and payouts with a problem.
CREATE VIEW riverpayout_parked AS
	SELECT base_url, login, client_orderid, decision, cause, endpoint, amount, currency, order_id, orders,
		enqueued, sent, coalesce(nullif(problem, ''), 'review: ' || cause) AS problem, coalesce(problem_since, told, sent, enqueued) AS since, job
	FROM riverpayout_all WHERE problem <> '' OR decision = 'review';

-- What was told, and when, with what is known now. reason is why a person settled or cancelled the payout.
CREATE VIEW riverpayout_told AS
	SELECT base_url, login, client_orderid, decision, cause, told, endpoint, amount, currency, order_id, orders, enqueued, sent, reason
	FROM riverpayout_all WHERE enqueued IS NOT NULL AND told IS NOT NULL;

-- The limits of an endpoint for all processes together. A limit only delays. It never gives permission to send.
CREATE TABLE riverpayout_limit (
	merchant   integer NOT NULL REFERENCES riverpayout_merchant,
	endpoint   text NOT NULL,
	per_second numeric, -- NULL means no limit, 0 means stop
	at_once    integer, -- NULL means no limit, 0 means stop
	next       timestamptz NOT NULL, -- the first turn that is free
	paced      timestamptz NOT NULL, -- until then no payout is let through, even if its turn has come
	PRIMARY KEY (merchant, endpoint),
	CONSTRAINT riverpayout_per_second CHECK (per_second = 0 OR per_second BETWEEN 0.0001 AND 100000),
	CONSTRAINT riverpayout_at_once CHECK (at_once >= 0)
);

-- Payout calls in progress to an endpoint whose at_once is limited.
CREATE TABLE riverpayout_call (
	id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	merchant       integer NOT NULL,
	endpoint       text NOT NULL,
	client_orderid text COLLATE "C" NOT NULL,
	until          timestamptz NOT NULL -- from then on it no longer counts, because its process must have died
);
CREATE INDEX riverpayout_call_endpoint ON riverpayout_call (merchant, endpoint);

-- Payouts that wait at a limit. They wait for their turn. If that has come, they wait for another call to end or for a
-- stop to be lifted.
CREATE VIEW riverpayout_limited AS
	SELECT p.base_url, p.login, p.endpoint, p.client_orderid, p.turn, l.per_second, l.at_once, p.amount, p.currency, p.enqueued, p.job
	FROM riverpayout_all p LEFT JOIN riverpayout_limit l ON l.merchant = p.merchant AND l.endpoint = p.endpoint
	WHERE p.turn IS NOT NULL AND p.step = 'send';

-- Lets jobs run at once if the turn of their payout has come. It notifies River, as when a job is inserted. It waits
-- for no lock, so that it never blocks River.
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

-- Limits an endpoint. NULL means no limit, 0 means stop. Waiting payouts are tried at once, and get new turns in any order.
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
		RAISE EXCEPTION 'no merchant with base_url % and login %: see riverpayout_merchant', $1, $2 USING ERRCODE = 'invalid_parameter_value';
	ELSIF (place ~ '^(group/)?[1-9][0-9]{0,18}$' AND substring(place FROM '[0-9]+$')::numeric <= 9223372036854775807::numeric) IS NOT TRUE THEN
		RAISE EXCEPTION '% is not an endpoint: write it as 123 or group/123', coalesce(quote_literal(place), 'NULL') USING ERRCODE = 'invalid_parameter_value';
	ELSIF NOT (rate = 0.0 OR rate BETWEEN 0.0001 AND 100000.0) THEN
		RAISE EXCEPTION 'per_second is %: use 0, or a number from 0.0001 to 100000', rate USING ERRCODE = 'invalid_parameter_value';
	ELSIF calls < 0 THEN
		RAISE EXCEPTION 'at_once is %: use 0 or more', calls USING ERRCODE = 'invalid_parameter_value';
	END IF;
	-- One call at a time, and no payout gets a turn in between.
	INSERT INTO riverpayout_limit AS l (merchant, endpoint, per_second, at_once, next, paced)
		VALUES (whose, place, rate, calls, clock_timestamp(), clock_timestamp())
		ON CONFLICT (merchant, endpoint) DO UPDATE SET
			per_second = excluded.per_second, at_once = excluded.at_once, next = excluded.next, paced = excluded.paced
		WHERE (l.per_second, l.at_once) IS DISTINCT FROM (excluded.per_second, excluded.at_once);
	IF rate IS NULL AND calls IS NULL THEN
		DELETE FROM riverpayout_limit l WHERE l.merchant = whose AND l.endpoint = place;
	END IF;
END $$;

-- Lets waiting payouts be tried at once when their limit has changed and is not a stop. The trigger is deferred to the
-- commit, because River waits for locked jobs. Otherwise a transaction that stays open would delay all jobs of the
-- database.
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

-- Both functions run with the rights of the role that migrates, so that people need no rights on the tables. They use
-- this schema, whatever search_path the caller has. Their operators have operands of one type, so that no operator of a
-- user can be a better match than PostgreSQL's.
ALTER FUNCTION riverpayout_set_limit(text, text, text, numeric, integer) SECURITY DEFINER;
ALTER FUNCTION riverpayout_limit_set() SECURITY DEFINER;
REVOKE EXECUTE ON FUNCTION riverpayout_set_limit(text, text, text, numeric, integer), riverpayout_limit_set() FROM PUBLIC;
DO $$ BEGIN
	EXECUTE format('ALTER FUNCTION riverpayout_set_limit(text, text, text, numeric, integer) SET search_path = %I, pg_temp', current_schema());
	EXECUTE format('ALTER FUNCTION riverpayout_limit_set() SET search_path = %I, pg_temp', current_schema());
END $$;

-- Asks whether a payout may be sent now. rest is NULL if it may, or else how many milliseconds to wait before asking
-- again. If at_once is limited, give place to riverpayout_leave when the call has ended. The place is free in any case
-- after longest milliseconds.
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
	IF NOT FOUND THEN -- the limit was removed
		RETURN;
	END IF;
	SELECT * INTO p FROM riverpayout_payout WHERE merchant = of_merchant AND client_orderid = payout
		AND step = 'send' FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN -- another run works the payout, and the whole endpoint must not wait for it
		rest := 1000;
		RETURN;
	END IF;
	asks := clock_timestamp(); -- after the locks
	due := p.turn;
	busy := coalesce(l.per_second = 0, false) OR coalesce(l.at_once = 0, false);
	IF l.per_second > 0 AND NOT busy THEN
		gap := make_interval(secs => (1 / l.per_second)::double precision);
		IF due IS NULL OR due <= asks AND l.paced > asks THEN -- many late payouts, as after an outage, lose their turns
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
		IF rest <= 0 THEN -- wait as long again as it has waited, so that few ask in vain
			rest := least(greatest(-rest, 1000), 300000);
		END IF;
		IF p.turn IS DISTINCT FROM due THEN
			UPDATE riverpayout_payout SET turn = due WHERE merchant = of_merchant AND client_orderid = payout;
		END IF;
		RETURN;
	END IF;
	IF gap IS NOT NULL THEN -- jobs come up to two seconds late and in groups, because River polls
		UPDATE riverpayout_limit SET paced = greatest(l.paced, asks - interval '2 s') + gap
		WHERE merchant = of_merchant AND endpoint = of_endpoint;
	END IF;
	IF p.turn IS NOT NULL THEN -- the turn is used up
		UPDATE riverpayout_payout SET turn = NULL WHERE merchant = of_merchant AND client_orderid = payout;
	END IF;
	IF l.at_once > 0 THEN
		INSERT INTO riverpayout_call (merchant, endpoint, client_orderid, until)
			VALUES (of_merchant, of_endpoint, payout, asks + longest * interval '1 ms') RETURNING id INTO place;
		IF dead > 1 THEN -- places of dead processes that this payout does not take
			PERFORM riverpayout_wake(of_merchant, of_endpoint, dead - 1);
		END IF;
	END IF;
END $$;

-- A transaction that stays open and has locked a limit's row must not stop all workers.
ALTER FUNCTION riverpayout_enter(integer, text, text, bigint) SET lock_timeout = '1s';

-- Releases a place, and gives it to the payout that has waited longest.
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
