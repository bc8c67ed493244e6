// Package dbtest gives tests fresh, migrated databases of both engines.
//
// PostgreSQL is the server at LIANXIN_TEST_POSTGRES (an administrator's URL) or a throw-away one, started once per
// machine without fsync under the temporary folder and shared by all test programs; it stops by itself a minute after
// the last of them. A machine without PostgreSQL fails the test and says what to install: an engine that is
// silently skipped is an engine that is not tested.
//
// Decision: databases are copies of a migrated template (45 ms on PostgreSQL, a file copy on SQLite), named after the
// hash of the migrations, instead of a schema per test or a transaction rolled back at its end: stores commit.
package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"

	"lianxin/migrations"
)

// Each runs fn as a subtest on both engines, each time with the URL of a fresh migrated database.
func Each(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// migratedFile is the content of a migrated, empty SQLite database.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "lianxin-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return nil, err
	}
	_, err = migrations.Up(context.Background(), "sqlite", db)
	if err := db.Close(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// SQLite returns the URL (sqlite:PATH) of a fresh migrated database, removed after the test.
func SQLite(t testing.TB) string {
	t.Helper()
	content, err := migratedFile()
	if err != nil {
		t.Fatalf("make the SQLite template: %v", err)
	}
	path := filepath.Join(t.TempDir(), "lianxin.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// Postgres returns the URL of a fresh migrated database, dropped after the test.
func Postgres(t testing.TB) string {
	t.Helper()
	admin, err := adminURL()
	if err != nil {
		t.Fatal(err)
	}
	name := "lianxin_test_" + strings.ToLower(rand.Text()[:12])
	err = locked("template.lock", func() error { return copyTemplate(admin, name) })
	if err != nil {
		t.Fatalf("make a PostgreSQL database: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the PostgreSQL database: %v", err)
		}
	})
	return withDatabase(admin, name)
}

// copyTemplate makes the database name from the template of today's migrations, making that first if need be.
func copyTemplate(admin, name string) error {
	mark, err := migrationsHash()
	if err != nil {
		return err
	}
	template := "lianxin_template_" + mark
	db, err := sql.Open("postgres", admin)
	if err != nil {
		return err
	}
	defer db.Close()
	var there int
	if err := db.QueryRow("SELECT count(*) FROM pg_database WHERE datname = $1", template).Scan(&there); err != nil {
		return err
	}
	if there == 0 {
		if err := makeTemplate(db, admin, template); err != nil {
			return err
		}
	}
	_, err = db.Exec("CREATE DATABASE " + name + " TEMPLATE " + template)
	return err
}

// makeTemplate migrates under another name first, so that a template that exists is a whole one.
func makeTemplate(db *sql.DB, admin, template string) error {
	raw := template + "_raw"
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + raw + " WITH (FORCE)", "CREATE DATABASE " + raw + " TEMPLATE template0"} {
		if _, err := db.Exec(statement); err != nil {
			return err
		}
	}
	fresh, err := sql.Open("postgres", withDatabase(admin, raw))
	if err != nil {
		return err
	}
	_, err = migrations.Up(context.Background(), "postgres", fresh)
	if err := fresh.Close(); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	_, err = db.Exec("ALTER DATABASE " + raw + " RENAME TO " + template)
	return err
}

// migrationsHash names the template after the content of the PostgreSQL migrations.
func migrationsHash() (string, error) {
	sub, err := migrations.For("postgres")
	if err != nil {
		return "", err
	}
	names, err := fs.Glob(sub, "*.sql")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range names {
		content, err := fs.ReadFile(sub, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(content), content)
	}
	return hex.EncodeToString(h.Sum(nil)[:6]), nil
}

func execute(admin, statement string) error {
	db, err := sql.Open("postgres", admin)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}

// withDatabase returns the URL with another database name.
func withDatabase(admin, name string) string {
	u, err := url.Parse(admin)
	if err != nil {
		panic("dbtest: LIANXIN_TEST_POSTGRES is not a URL: " + err.Error())
	}
	u.Path = "/" + name
	return u.String()
}
