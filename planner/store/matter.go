package store

import (
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

var (
	// visibleMatters: those that the scope's own people received, handle, lead or are to ask about, to a head all that have a leader, those of its units, and those of
	// its areas. Sorted by due day, never by person.
	visibleMatters = query(`SELECT m.id FROM matters m
		WHERE (:one = '' OR m.id = :one)
			AND (:open = 0 OR m.state <> 'closed')
			AND (:any_kind = 1 OR m.kind IN (:kinds))
			AND substr(m.area, 1, length(:within)) = :within
			AND (:all = 1
				OR m.receiver IN (:own) OR m.officer IN (:own) OR m.unit IN (:units) OR m.receiver_unit IN (:units)
				OR EXISTS (SELECT 1 FROM units u WHERE u.id IN (:units) AND m.partners LIKE '%"' || u.id || '"%')
				OR EXISTS (SELECT 1 FROM matter_leads l WHERE l.matter = m.id AND l.filed_on IS NULL
					AND (l.leader IN (:own) OR EXISTS (SELECT 1 FROM cadres c WHERE c.id IN (:own) AND c.head)))
				OR EXISTS (SELECT 1 FROM tasks t WHERE t.owner IN (:own) AND t.kind = 'follow-up' AND t.state IN ('draft', 'ready', 'in-progress')
					AND substr(t.key, 1, length(m.id) + 8) = 'matter/' || m.id || '/')
				OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a WHERE a.code IN (:areas) AND substr(m.area, 1, length(a.code)) = a.code))
		ORDER BY CASE WHEN m.due_on IS NULL THEN 1 ELSE 0 END, m.due_on, m.number, m.id`)
	matterOfCode  = query(`SELECT id FROM matters WHERE code_hash = :hash`)
	numbersOf     = query(`SELECT number FROM matters WHERE substr(number, 1, length(:prefix)) = :prefix ORDER BY length(number) DESC, number DESC LIMIT 1`)
	tasksOfMatter = query(`SELECT id, key, kind, owner, household, say_zh, say_en, start_on, due_on, end_on, state, reason, priority, rung,
		revision FROM tasks WHERE key >= :from AND key < :until ORDER BY due_on, key, id`)
	routedByMonth = query(`SELECT kind, body, count(*) AS n FROM matters_routed WHERE held_on >= :from AND held_on < :until GROUP BY kind, body ORDER BY kind, body`)
)

// MatterFilter chooses matters. Empty fields choose all. There is none by person.
type MatterFilter struct {
	Open   bool // only those that are not closed
	Kinds  []planner.MatterKind
	Within planner.AreaCode
}

// Matters returns the chosen matters of the scope, the earliest deadline first, without story, contact and reason.
func (tx *Tx) Matters(f MatterFilter) ([]planner.Matter, error) {
	rows, err := tx.mattersSeen("", f)
	if err == nil && len(rows) > 0 && !tx.who.IsSystem() && !tx.write {
		err = tx.noteRead("matter", "")
	}
	return nouns(rows, matterRow.noun), err
}

func (tx *Tx) mattersSeen(one planner.MatterID, f MatterFilter) ([]matterRow, error) {
	s, err := tx.scope()
	if err != nil || !s.signed {
		return nil, err
	}
	var ids []string
	if tx.held[one] {
		ids = []string{string(one)}
	} else if err := tx.all(&ids, visibleMatters, s.args().with(args{"one": string(one), "open": flag(f.Open), "any_kind": flag(len(f.Kinds) == 0),
		"kinds": in(f.Kinds), "within": string(f.Within)})); err != nil {
		return nil, err
	}
	if one != "" && len(ids) > 0 {
		if tx.held == nil {
			tx.held = map[planner.MatterID]bool{}
		}
		tx.held[one] = true
	}
	found, err := matters.load(tx, ids)
	rows := make([]matterRow, 0, len(ids))
	for _, id := range ids {
		rows = append(rows, found[id])
	}
	return rows, err
}

func noMatter() error {
	return planner.Fail(planner.NotFound, "没有这个事项，或者它不在您的范围内。", "there is no such matter, or not within your scope")
}

// Matter returns one matter of the scope. NotFound otherwise. What a transaction found once it may write to its end.
func (tx *Tx) Matter(id planner.MatterID) (planner.Matter, error) {
	if id == "" {
		return planner.Matter{}, noMatter()
	}
	rows, err := tx.mattersSeen(id, MatterFilter{})
	if err == nil && len(rows) == 0 {
		err = noMatter()
	}
	if err != nil {
		return planner.Matter{}, err
	}
	return rows[0].noun(), nil
}

// MatterByCode returns the matter of a slip code, whoever asks: the code is the person's own. NotFound for any other code.
func (tx *Tx) MatterByCode(hash string) (planner.Matter, error) {
	var ids []string
	if err := tx.all(&ids, matterOfCode, args{"hash": hash}); err != nil || len(ids) == 0 {
		if err == nil {
			err = planner.Fail(planner.NotFound, "没有这个查询码，请核对回执上的字母和数字。", "there is no such code; check the letters and digits on your slip")
		}
		return planner.Matter{}, err
	}
	found, err := matters.load(tx, ids)
	return found[ids[0]].noun(), err
}

// LastMatterNumber returns the highest number with a prefix, "" if there is none.
func (tx *Tx) LastMatterNumber(prefix string) (string, error) {
	var ns []string
	if err := tx.all(&ns, numbersOf, args{"prefix": prefix}); err != nil || len(ns) == 0 {
		return "", err
	}
	return ns[0], nil
}

// MatterSecrets is what is sealed of a matter.
type MatterSecrets struct{ Story, Contact, Reason string }

// OpenMatter decrypts what is sealed of a matter in the scope and records that it was read.
func (tx *Tx) OpenMatter(id planner.MatterID) (out MatterSecrets, err error) {
	rows, err := tx.mattersSeen(id, MatterFilter{})
	if err == nil && len(rows) == 0 {
		err = noMatter()
	}
	if err != nil {
		return out, err
	}
	for _, s := range []struct {
		into *string
		of   nullable
		name string
	}{{&out.Story, rows[0].Story, "story"}, {&out.Contact, rows[0].Contact, "contact"}, {&out.Reason, rows[0].Reason, "reason"}} {
		if *s.into, err = tx.openContact(matterPlace(id, s.name), s.of); err != nil {
			return out, err
		}
	}
	if !tx.who.IsSystem() {
		err = tx.noteRead("matter", string(id))
	}
	return out, err
}

func matterPlace(id planner.MatterID, column string) string {
	return "matter/" + string(id) + "/" + column
}
func actPlace(id planner.ActID) string { return "matter-act/" + string(id) + "/say" }

// PutMatter adds a matter or replaces that of the same ID. An empty Story, Contact or Reason keeps what is stored, "-" deletes
// it. Revision is the one that was read (0 for a new one). Who may do what is pipeline's to say; the store refuses to write a
// matter outside the scope.
//
// Errors: Conflict if the matter was changed meanwhile; Forbidden outside the scope.
func (tx *Tx) PutMatter(m planner.Matter) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	old, err := matters.load(tx, []string{string(m.ID)})
	if err != nil {
		return err
	}
	was, exists := old[string(m.ID)]
	r := rowOfMatter(m)
	switch {
	case !tx.who.Signed():
		return errForbidden()
	case exists:
		if _, err := tx.Matter(m.ID); err != nil {
			return err
		}
		if m.Revision != was.Revision {
			return planner.Fail(planner.Conflict, "事项"+m.Number+"已被他人修改，请刷新后重试。", "the matter "+m.Number+" was changed meanwhile; reload and try again")
		}
	}
	for _, s := range []struct {
		into       *nullable
		stored     nullable
		text, name string
	}{{&r.Story, was.Story, m.Story, "story"}, {&r.Contact, was.Contact, m.Contact, "contact"}, {&r.Reason, was.Reason, m.Reason, "reason"}} {
		if *s.into, err = tx.sealContact(matterPlace(m.ID, s.name), s.text, s.stored); err != nil {
			return fmt.Errorf("%s of matter %s: %w", s.name, m.ID, err)
		}
	}
	if m.Outcome == "" {
		r.Reason = ""
	}
	if !exists || !equalMatters(r, was) {
		r.Revision++
	}
	_, err = matters.save(tx, old, []matterRow{r})
	return err
}

func equalMatters(a, b matterRow) bool {
	if !slices.Equal(a.Partners, b.Partners) {
		return false
	}
	a.Partners, b.Partners = nil, nil
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// PutMatterTasks adds or replaces the tasks of a matter in the scope: their keys begin with matter/ID/. Whoever may write the
// matter may set its deadlines, also when the officer is somebody else.
func (tx *Tx) PutMatterTasks(id planner.MatterID, ts []planner.Task) error {
	if err := tx.mayWrite(); err != nil || len(ts) == 0 {
		return err
	}
	if _, err := tx.Matter(id); err != nil {
		return err
	}
	rows := make([]taskRow, len(ts))
	for i, t := range ts {
		if !strings.HasPrefix(t.Key, "matter/"+string(id)+"/") {
			return fmt.Errorf("store: the task %s is not of matter %s", t.Key, id)
		}
		rows[i] = taskRow{ID: string(t.ID), Key: t.Key, Kind: string(t.Kind), Owner: string(t.Owner), SayZH: t.Say.ZH, SayEN: t.Say.EN,
			StartOn: t.StartOn, DueOn: t.DueOn, EndOn: t.EndOn, State: string(t.State), Reason: t.Reason, Priority: t.Priority, Rung: t.Rung, Revision: t.Revision}
	}
	old, err := tasks.load(tx, idsOf(rows))
	if err != nil {
		return err
	}
	for i := range rows {
		was, ok := old[rows[i].ID]
		if err := rows[i].follow(was, ok); err != nil {
			return err
		}
	}
	_, err = tasks.save(tx, old, rows)
	return err
}

// MatterTasks returns all tasks of a matter in the scope, whoever owns them.
func (tx *Tx) MatterTasks(id planner.MatterID) ([]planner.Task, error) {
	if _, err := tx.Matter(id); err != nil {
		return nil, err
	}
	var rows []taskRow
	err := tx.all(&rows, tasksOfMatter, args{"from": "matter/" + string(id) + "/", "until": "matter/" + string(id) + "0"}) // "0" follows "/"
	return nouns(rows, taskRow.noun), err
}

// routedRow says that something came and where it went, and nothing of what it said.
type routedRow struct {
	ID     string     `db:"id" json:"id"`
	HeldOn civil.Date `db:"held_on" json:"held_on"`
	Kind   string     `db:"kind" json:"kind"`
	Body   string     `db:"body" json:"body"`
}

func (r routedRow) rowID() string     { return r.ID }
func (r routedRow) household() string { return "" }
func (r routedRow) values() []any     { return []any{r.ID, r.HeldOn, r.Kind, r.Body} }

var routed = &table[routedRow]{
	kind: "matter-routed",
	byID: query(`SELECT id, held_on, kind, body FROM matters_routed WHERE id IN (:ids)`),
	put:  inserts(`INSERT INTO matters_routed (id, held_on, kind, body) VALUES (?, ?, ?, ?)`),
	drop: query(`DELETE FROM matters_routed WHERE id IN (:ids)`),
}

var everyRouted = query(`SELECT id, held_on, kind, body FROM matters_routed WHERE id > :after ORDER BY id LIMIT :limit`)

// AddRouted counts a 检举控告 that was sent to the body in charge. Nothing else of it is kept.
func (tx *Tx) AddRouted(id string, on civil.Date, kind planner.MatterKind, body string) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if !tx.who.Signed() {
		return errForbidden()
	}
	_, err := routed.store(tx, []routedRow{{ID: id, HeldOn: on, Kind: string(kind), Body: body}})
	return err
}

// Routed is how many 检举控告 came by one way and went to one body.
type Routed struct {
	Kind planner.MatterKind `db:"kind" json:"kind"`
	Body string             `db:"body" json:"body"`
	N    int                `db:"n" json:"n"`
}

// Routed counts what was routed out in a span. Those who see the whole database only.
func (tx *Tx) Routed(s civil.Span) (out []Routed, err error) {
	if !tx.who.SeesAll() {
		return nil, errForbidden()
	}
	from, until := bounds(s)
	err = tx.all(&out, routedByMonth, args{"from": from, "until": until})
	return out, err
}

var (
	sealedMatters = query(`SELECT id FROM matters WHERE id > :after ORDER BY id LIMIT :limit`)
	sealedActs    = query(`SELECT id FROM matter_acts WHERE say IS NOT NULL AND id > :after ORDER BY id LIMIT :limit`)
)

func (tx *Tx) rekeyMatters(after string) (int, string, error) {
	var ids []string
	if err := tx.all(&ids, sealedMatters, args{"after": after, "limit": chunk}); err != nil {
		return 0, "", err
	}
	old, err := matters.load(tx, ids)
	if err != nil {
		return 0, "", err
	}
	rows := make([]matterRow, 0, len(ids))
	for _, id := range ids {
		r := old[id]
		for name, of := range map[string]*nullable{"story": &r.Story, "contact": &r.Contact, "reason": &r.Reason} {
			text, err := tx.reseal(matterPlace(planner.MatterID(id), name), string(*of))
			if err != nil {
				return 0, "", err
			}
			*of = nullable(text)
		}
		rows = append(rows, r)
	}
	n, err := matters.save(tx, old, rows)
	return n, lastOf(ids), err
}

func (tx *Tx) rekeyActs(after string) (int, string, error) {
	var ids []string
	if err := tx.all(&ids, sealedActs, args{"after": after, "limit": chunk}); err != nil {
		return 0, "", err
	}
	old, err := matterActs.load(tx, ids)
	if err != nil {
		return 0, "", err
	}
	rows := make([]actRow, 0, len(ids))
	for _, id := range ids {
		r := old[id]
		text, err := tx.reseal(actPlace(planner.ActID(id)), string(r.Say))
		if err != nil {
			return 0, "", err
		}
		r.Say = nullable(text)
		rows = append(rows, r)
	}
	n, err := matterActs.save(tx, old, rows)
	return n, lastOf(ids), err
}
