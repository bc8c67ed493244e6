package notifier

import (
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

func init() { sqlx.BindDriver("sqlite", sqlx.QUESTION) } // sqlx does not know the name of modernc's driver

// dialect says on which engines a statement runs.
type dialect int

const (
	onBoth dialect = iota
	onPostgres
	onSQLite
)

// queries lists every statement of the package, so that a test can prepare each on its engines.
var queries = map[string]dialect{}

// query registers a statement and returns it.
func query(statement string, on dialect) string {
	queries[statement] = on
	return statement
}

func isPostgres(driver string) bool { return strings.HasPrefix(driver, "postgres") || driver == "pgx" }

// instantText is the form in which civil.Instant stores t.
func instantText(t time.Time) string {
	v, err := civil.At(t).Value()
	if err != nil || v == nil {
		panic(fmt.Sprintf("notifier: instant %v has no stored form", t)) // callers check for the zero instant
	}
	return v.(string)
}
