// Package migrations holds the schema of both engines as numbered, forward-only SQL files, embedded in the program.
// Each number exists in both folders under the same name; a file is never edited once released.
//
// Decision: goose over a runner of our own. It saves the version table, the session lock that makes one of several
// starting replicas migrate while the others wait, and the statement splitter; 50 lines of ours would have none of them.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// For returns the migrations of a dialect, "sqlite" or "postgres".
func For(dialect string) (fs.FS, error) {
	if dialect != "sqlite" && dialect != "postgres" {
		return nil, fmt.Errorf("no migrations for the dialect %q", dialect)
	}
	return fs.Sub(files, dialect)
}

// Latest returns the highest migration number of a dialect: the version of schema that this program knows.
func Latest(dialect string) (int64, error) {
	sub, err := For(dialect)
	if err != nil {
		return 0, err
	}
	names, err := fs.Glob(sub, "*.sql")
	if err != nil {
		return 0, err
	}
	var latest int64
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s does not begin with a number: %w", name, err)
		}
		latest = max(latest, n)
	}
	return latest, nil
}

// Up brings db to [Latest] and returns how many migrations it ran. On PostgreSQL it holds a session lock meanwhile, so
// of several programs that start at once one migrates and the others wait.
func Up(ctx context.Context, dialect string, db *sql.DB) (applied int, err error) {
	sub, err := For(dialect)
	if err != nil {
		return 0, err
	}
	// Numbers are given out before the work is done, so a lower one may arrive after a higher one.
	kind, options := goose.DialectSQLite3, []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true)}
	if dialect == "postgres" {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return 0, fmt.Errorf("make the migration lock: %w", err)
		}
		kind, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(kind, db, sub, options...)
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return len(results), fmt.Errorf("migrate: %w", err)
	}
	return len(results), nil
}
