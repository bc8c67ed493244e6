package store

import (
	"maps"
	"slices"

	"lianxin/planner/civil"
)

// DavChange is a member of a CalDAV collection that changed or went. Gone: it is a tombstone.
type DavChange struct {
	Name     string     `db:"name"`
	Tag      string     `db:"tag"`
	Revision int64      `db:"revision"`
	GoneOn   civil.Date `db:"gone_on"`
}

// Gone reports whether the member is no more.
func (c DavChange) Gone() bool { return !c.GoneOn.IsZero() }

var (
	davRevision = query(`SELECT revision, oldest FROM dav_collections WHERE name = :name`)
	davPut      = query(`INSERT INTO dav_collections (name, revision, oldest) VALUES (:name, :revision, :oldest)
		ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, oldest = excluded.oldest`)
	davMembers = query(`SELECT name, tag, revision, gone_on FROM dav_members WHERE collection = :name AND revision > :after ORDER BY revision, name`)
	davForget  = query(`DELETE FROM dav_members WHERE collection = :name AND gone_on < :before`)
	davKeep    = inserts(`INSERT INTO dav_members (collection, name, tag, revision, gone_on) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (collection, name) DO UPDATE SET tag = excluded.tag, revision = excluded.revision, gone_on = excluded.gone_on`)
)

type davHead struct {
	Revision int64 `db:"revision"`
	Oldest   int64 `db:"oldest"`
}

// DavRevision returns a collection's revision and the one up to which tombstones were forgotten; zeros for one that was
// never noted.
func (tx *Tx) DavRevision(collection string) (revision, oldest int64, err error) {
	var h davHead
	if err := tx.one(&h, davRevision, args{"name": collection}); err != nil && !isNoRows(err) {
		return 0, 0, err
	}
	return h.Revision, h.Oldest, nil
}

// DavChanges lists the members that changed or went after a revision, in the order of their change.
func (tx *Tx) DavChanges(collection string, after int64) (list []DavChange, err error) {
	err = tx.all(&list, davMembers, args{"name": collection, "after": after})
	return list, err
}

// NoteDav compares the members of a collection (name → tag) with what was noted last and notes the difference under the
// next revision, which it returns; without a difference nothing is written. What went before keepSince is forgotten. It is
// derived from what is audited elsewhere and leaves no audit row itself.
func (tx *Tx) NoteDav(collection string, members map[string]string, today, keepSince civil.Date) (revision int64, err error) {
	if err := tx.mayManage(); err != nil {
		return 0, err
	}
	revision, oldest, err := tx.DavRevision(collection)
	if err != nil {
		return 0, err
	}
	noted, err := tx.DavChanges(collection, -1)
	if err != nil {
		return 0, err
	}
	var changed []DavChange
	known := make(map[string]bool, len(noted))
	forget := int64(-1)
	for _, c := range noted {
		known[c.Name] = true
		tag, here := members[c.Name]
		switch {
		case here && (c.Gone() || c.Tag != tag):
			changed = append(changed, DavChange{Name: c.Name, Tag: tag})
		case !here && !c.Gone():
			changed = append(changed, DavChange{Name: c.Name, Tag: c.Tag, GoneOn: today})
		case c.Gone() && c.GoneOn.Before(keepSince):
			forget = max(forget, c.Revision)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !known[name] {
			changed = append(changed, DavChange{Name: name, Tag: members[name]})
		}
	}
	if len(changed) == 0 && forget <= oldest && revision > 0 {
		return revision, nil
	}
	if len(changed) > 0 || revision == 0 {
		revision++
	}
	if err := tx.putDav(collection, revision, max(oldest, forget), changed, keepSince); err != nil {
		return 0, err
	}
	return revision, nil
}

func (tx *Tx) putDav(collection string, revision, oldest int64, changed []DavChange, keepSince civil.Date) error {
	if _, err := tx.exec(davPut, args{"name": collection, "revision": revision, "oldest": oldest}); err != nil {
		return err
	}
	if _, err := tx.exec(davForget, args{"name": collection, "before": keepSince}); err != nil {
		return err
	}
	return tx.insert(davKeep, len(changed), func(i int) []any {
		c := changed[i]
		return []any{collection, c.Name, c.Tag, revision, c.GoneOn}
	})
}
