package store

import (
	"lianxin/planner"
)

type settingRow struct {
	Key   string `db:"key" json:"key"`
	Value string `db:"value" json:"value"`
}

func (r settingRow) rowID() string     { return r.Key }
func (r settingRow) household() string { return "" }
func (r settingRow) values() []any     { return []any{r.Key, r.Value} }

var settings = &table[settingRow]{
	kind: "setting",
	byID: query(`SELECT key, value FROM settings WHERE key IN (:ids)`),
	put:  inserts(`INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`),
	drop: query(`DELETE FROM settings WHERE key IN (:ids)`),
}

// Setting returns the value of a key, "" if none was put. Settings hold nothing personal and are open to all.
func (tx *Tx) Setting(key string) (string, error) {
	found, err := settings.load(tx, []string{key})
	return found[key].Value, err
}

// PutSetting stores the value of a key. Administrators, planners and the system only.
func (tx *Tx) PutSetting(key, value string) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	if key == "" {
		return planner.Fail(planner.Invalid, "设置项没有名称。", "the setting has no name")
	}
	_, err := settings.store(tx, []settingRow{{key, value}})
	return err
}
