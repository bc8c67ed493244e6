package store

import (
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// ImportRecord is one import as the list of imports shows it.
type ImportRecord struct {
	ID       planner.ImportID
	At       time.Time
	By       string   // who pressed the button
	Files    []string // names as given
	Rows     int      // rows added or changed
	UndoneAt time.Time
}

type importRow struct {
	ID       string        `db:"id" json:"id"`
	At       civil.Instant `db:"at" json:"at"`
	Actor    string        `db:"actor" json:"actor"`
	Files    list[string]  `db:"files" json:"files"`
	Rows     int           `db:"row_count" json:"rows"`
	UndoneAt civil.Instant `db:"undone_at" json:"undone_at"`
}

func (r importRow) rowID() string     { return r.ID }
func (r importRow) household() string { return "" }
func (r importRow) values() []any {
	return []any{r.ID, r.At, r.Actor, r.Files, r.Rows, r.UndoneAt}
}

func (r importRow) noun() ImportRecord {
	return ImportRecord{ID: planner.ImportID(r.ID), At: r.At.Time, By: r.Actor, Files: r.Files, Rows: r.Rows, UndoneAt: r.UndoneAt.Time}
}

var imports = &table[importRow]{
	kind: "import",
	byID: query(`SELECT id, at, actor, files, row_count, undone_at FROM imports WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO imports (id, at, actor, files, row_count, undone_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET at = excluded.at, actor = excluded.actor, files = excluded.files,
			row_count = excluded.row_count, undone_at = excluded.undone_at`),
	drop: query(`DELETE FROM imports WHERE id IN (:ids)`),
}

var allImports = query(`SELECT id, at, actor, files, row_count, undone_at FROM imports WHERE :all = 1 ORDER BY at DESC, id DESC`)

// PutImport adds the record of an import or replaces the one of the same ID.
func (tx *Tx) PutImport(r ImportRecord) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	_, err := imports.store(tx, []importRow{{ID: string(r.ID), At: civil.At(r.At), Actor: r.By, Files: r.Files, Rows: r.Rows, UndoneAt: civil.At(r.UndoneAt)}})
	return err
}

// Imports returns all imports, the newest first, to those who see everything; to others none.
func (tx *Tx) Imports() ([]ImportRecord, error) {
	var rows []importRow
	err := tx.all(&rows, allImports, args{"all": flag(tx.who.SeesAll())})
	return nouns(rows, importRow.noun), err
}
