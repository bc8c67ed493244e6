package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq" // the driver "postgres"
	// The driver "sqlite" comes with errors.go.

	"lianxin/migrations"
	"lianxin/planner"
)

// Options of [Open].
type Options struct {
	URL  string       // sqlite:PATH or postgres://…
	Keys *Keyring     // nil: contacts can be neither read nor written
	Log  *slog.Logger // nil: nothing is logged

	Now func() time.Time // the clock of records of reading, which carry no Op; nil: the machine's
}

// DB is an open database. It is safe for concurrent use; close it when done.
type DB struct {
	dialect  string
	dsn      string
	w, r     *sqlx.DB // on PostgreSQL the same pool
	keys     *Keyring
	log      *slog.Logger
	now      func() time.Time
	instance string // this process's name in leases
	commits  atomic.Int64

	listTexts sync.Map // see fromLists
}

// Pool sizes. One writer and four read-only connections keep SQLite free of "database is locked" (6 writers and 2 readers
// for 3 s: 0 errors, 13 ms at the 99th percentile); PostgreSQL has room for several replicas in its default 100.
const (
	sqliteReaders    = 4
	postgresPoolSize = 20
)

// The pragmas stand in the DSN, since they are a connection's and not the file's. _timezone: without it an instant bound as
// time.Time is stored in the machine's zone and does not sort. synchronous is FULL: with NORMAL a power cut takes back the
// last commits, the mark that a hand-over began among them, and the message would go twice (see notifier). The writer's page cache of 64 MB (instead of 2) halves the
// time of a year's visits, whose random IDs touch pages all over. journal_size_limit: a prefecture's plan is one transaction of
// gigabytes, and its write-ahead log would keep that size beside a database that stays open.
const (
	sqliteCommon = "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_time_format=sqlite&_timezone=UTC"
	sqliteWrite  = sqliteCommon + "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-65536)&_pragma=journal_size_limit(67108864)&_txlock=immediate"
	sqliteRead   = sqliteCommon + "&mode=ro&_pragma=query_only(1)&_pragma=cache_size(-16384)"
)

// Open opens a migrated database. Unavailable if it cannot be reached, Conflict if it is not migrated yet or newer than
// this program; the sentence says what to do.
func Open(ctx context.Context, o Options) (*DB, error) {
	dialect, dsn, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	db := &DB{dialect: dialect, dsn: dsn, keys: o.Keys, log: o.Log, now: o.Now, instance: rand.Text()}
	if db.now == nil {
		db.now = time.Now
	}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	if dialect == "sqlite" {
		if _, err := os.Stat(strings.TrimPrefix(o.URL, "sqlite:")); errors.Is(err, fs.ErrNotExist) {
			return nil, errUnmigrated(o.URL) // opening would leave an empty file behind
		}
		if db.w, err = openKeeping(dsn + sqliteWrite); err != nil {
			return nil, translate(err)
		}
		db.w.SetMaxOpenConns(1)
		if db.r, err = openKeeping(dsn + sqliteRead); err != nil {
			return nil, translate(err)
		}
		db.r.SetMaxOpenConns(sqliteReaders)
	} else {
		if db.w, err = sqlx.Open("postgres", dsn); err != nil {
			return nil, translate(err)
		}
		db.w.SetMaxOpenConns(postgresPoolSize)
		db.w.SetMaxIdleConns(postgresPoolSize / 2)
		db.r = db.w
	}
	if err := db.checkVersion(ctx, o.URL); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// ListenURL is where notifications of a PostgreSQL database are listened for; empty on SQLite, which has none.
func (db *DB) ListenURL() string {
	if db.dialect == "sqlite" {
		return ""
	}
	return db.dsn
}

// schemaVersion is goose's table, read without goose: its own reader would create the table.
var schemaVersion = query(`SELECT max(version_id) FROM goose_db_version WHERE is_applied = TRUE`)

func (db *DB) checkVersion(ctx context.Context, shown string) error {
	if err := db.w.PingContext(ctx); err != nil {
		return translate(fmt.Errorf("open the database: %w", err))
	}
	latest, err := migrations.Latest(db.dialect)
	if err != nil {
		return err
	}
	var version sql.NullInt64
	if err := db.w.GetContext(ctx, &version, schemaVersion.text); err != nil {
		if unreachable(err) || retriable(err) || ctx.Err() != nil {
			return translate(err)
		}
		return errUnmigrated(shown) // no such table
	}
	switch {
	case version.Int64 < latest:
		return errUnmigrated(shown)
	case version.Int64 > latest:
		return &planner.Error{Kind: planner.Conflict, Say: planner.Text{
			ZH: "数据库由更新版本的程序建立，请换用新版 lianxin 打开。",
			EN: "the database was made by a newer version of the program; open it with that version of lianxin"},
			Err: fmt.Errorf("schema %d, program %d", version.Int64, latest)}
	}
	return nil
}

func errUnmigrated(shown string) error {
	return &planner.Error{Kind: planner.Conflict, Where: hidePassword(shown), Say: planner.Text{
		ZH: "数据库尚未建立或需要升级，请先运行 lianxin migrate。",
		EN: "the database is not set up or needs an upgrade; run lianxin migrate first"}}
}

// Migrate brings the database at url to this program's schema, creating an SQLite file (0600) that is not there, and
// returns how many migrations ran. It never goes backward.
func Migrate(ctx context.Context, url string) (applied int, err error) {
	dialect, dsn, err := parseURL(url)
	if err != nil {
		return 0, err
	}
	if dialect == "sqlite" {
		path := strings.TrimPrefix(url, "sqlite:")
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return 0, unavailableFile(path, err)
		}
		f.Close()
		dsn += sqliteWrite
	}
	db, err := sqlx.Open(dialect, dsn)
	if err != nil {
		return 0, translate(err)
	}
	defer db.Close()
	if dialect == "sqlite" {
		db.SetMaxOpenConns(1)
	}
	var before sql.NullInt64
	if err := db.GetContext(ctx, &before, schemaVersion.text); err == nil {
		latest, err := migrations.Latest(dialect)
		if err != nil {
			return 0, err
		}
		if before.Int64 > latest {
			return 0, (&DB{dialect: dialect, w: db}).checkVersion(ctx, url)
		}
	}
	applied, err = migrations.Up(ctx, dialect, db.DB)
	return applied, translate(err)
}

// parseURL splits the engine from what its driver takes.
func parseURL(raw string) (dialect, dsn string, err error) {
	if path, ok := strings.CutPrefix(raw, "sqlite:"); ok && path != "" {
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return "", "", unavailableFile(path, err)
		}
		return "sqlite", "file:" + (&url.URL{Path: path}).EscapedPath(), nil
	}
	if strings.HasPrefix(raw, "postgres://") || strings.HasPrefix(raw, "postgresql://") {
		u, err := url.Parse(raw)
		if err == nil {
			q := u.Query()
			q.Set("timezone", "UTC")
			u.RawQuery = q.Encode()
			return "postgres", u.String(), nil
		}
	}
	return "", "", planner.Fail(planner.Invalid, "数据库地址应为 sqlite:路径 或 postgres://…。",
		"the database URL must be sqlite:PATH or postgres://…")
}

func hidePassword(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.User != nil {
		return u.Redacted()
	}
	return raw
}

// Dialect is "sqlite" or "postgres".
func (db *DB) Dialect() string { return db.dialect }

// Writer is the pool that may write, for the notifier, which keeps tables of its own. On SQLite it has one connection:
// using it inside [DB.Write] waits for ever; take [Tx.SQL] there.
func (db *DB) Writer() *sqlx.DB { return db.w }

// Commits counts the writes that this process has committed: a cache asks the database again as soon as it moves.
func (db *DB) Commits() int64 { return db.commits.Load() }

// Close closes all connections. The writing one of SQLite goes last: whoever closes a database as the last one clears its
// write-ahead log away, and a reader may not. If another process has it open, the log stays, for that one to clear.
func (db *DB) Close() error {
	if db.r == nil || db.r == db.w {
		return db.w.Close()
	}
	return errors.Join(db.r.Close(), db.w.Close())
}
