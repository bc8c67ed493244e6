package store

import (
	"fmt"

	"lianxin/planner"
	"lianxin/planner/civil"
)

type cadreRow struct {
	ID            string             `db:"id" json:"id"`
	Code          string             `db:"code" json:"code"`
	Name          string             `db:"name" json:"name"`
	Unit          string             `db:"unit" json:"unit"`
	Title         string             `db:"title" json:"title"`
	Rank          string             `db:"rank" json:"rank"`
	Grade         string             `db:"grade" json:"grade"`
	Head          bool               `db:"head" json:"head"`
	Portfolio     list[string]       `db:"portfolio" json:"portfolio"`
	Skills        list[planner.Need] `db:"skills" json:"skills"`
	OfficePhone   string             `db:"office_phone" json:"office_phone"`
	Mobile        nullable           `db:"mobile" json:"mobile"` // ciphertext
	Mail          nullable           `db:"mail" json:"mail"`     // ciphertext
	NativeVillage nullable           `db:"native_village" json:"native_village"`
	Capacity      int                `db:"capacity" json:"capacity"`
	Active        bool               `db:"active" json:"active"`
	Leaves        list[leaveRow]     `db:"-" json:"leaves"`
}

type leaveRow struct {
	Cadre   string     `db:"cadre" json:"-"`
	Place   int        `db:"place" json:"-"` // in the order given
	FromOn  civil.Date `db:"from_on" json:"from_on"`
	UntilOn civil.Date `db:"until_on" json:"until_on"`
	Reason  string     `db:"reason" json:"reason"`
	Cover   bool       `db:"cover" json:"cover,omitempty"`
}

func (r cadreRow) rowID() string     { return r.ID }
func (r cadreRow) household() string { return "" }
func (r cadreRow) values() []any {
	return []any{r.ID, r.Code, r.Name, r.Unit, r.Title, r.Rank, r.Grade, r.Head, r.Portfolio, r.Skills, r.OfficePhone, r.Mobile, r.Mail,
		r.NativeVillage, r.Capacity, r.Active}
}

// noun leaves the contacts out, and the reasons of leaves unless private is set.
func (r cadreRow) noun(private bool) planner.Cadre {
	c := planner.Cadre{ID: planner.CadreID(r.ID), Code: r.Code, Name: r.Name, Unit: planner.UnitID(r.Unit), Title: r.Title,
		Rank: planner.Rank(r.Rank), Grade: planner.Grade(r.Grade), Head: r.Head, Portfolio: r.Portfolio, Skills: r.Skills, OfficePhone: r.OfficePhone,
		NativeVillage: planner.AreaCode(r.NativeVillage), Capacity: r.Capacity, Active: r.Active}
	for _, l := range r.Leaves {
		leave := planner.Leave{Span: civil.Span{From: l.FromOn, Until: l.UntilOn}, Cover: l.Cover}
		if private {
			leave.Reason = l.Reason
		}
		c.Leaves = append(c.Leaves, leave)
	}
	return c
}

var cadres = &table[cadreRow]{
	kind: "cadre",
	byID: query(`SELECT id, code, name, unit, title, rank, grade, head, portfolio, skills, office_phone, mobile, mail, native_village,
		capacity, active FROM cadres WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO cadres (id, code, name, unit, title, rank, grade, head, portfolio, skills, office_phone, mobile, mail,
			native_village, capacity, active) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, unit = excluded.unit, title = excluded.title,
			rank = excluded.rank, grade = excluded.grade, head = excluded.head, portfolio = excluded.portfolio, skills = excluded.skills,
			office_phone = excluded.office_phone, mobile = excluded.mobile, mail = excluded.mail,
			native_village = excluded.native_village, capacity = excluded.capacity, active = excluded.active`),
	drop:     query(`DELETE FROM cadres WHERE id IN (:ids)`),
	children: (*Tx).readLeaves,
	rewrite:  (*Tx).writeLeaves,
}

var (
	// visibleCadres: those of the scope, and for areas the cadres whose unit sits there or who look after something there
	// in the newest published plan.
	visibleCadres = query(`SELECT id, code, name, unit, title, rank, grade, head, portfolio, skills, office_phone, mobile, mail,
			native_village, capacity, active
		FROM cadres c
		WHERE :all = 1 OR c.id IN (:cadres)
			OR :by_area = 1 AND EXISTS (SELECT 1 FROM units u JOIN areas a ON a.code IN (:areas)
				WHERE u.id = c.unit AND substr(u.area, 1, length(a.code)) = a.code)
			OR :by_area = 1 AND c.id IN (SELECT p.cadre FROM pairings p JOIN plans pl ON pl.id = p.plan
				LEFT JOIN households h ON h.id = p.household
				JOIN areas a ON a.code IN (:areas)
					AND substr(COALESCE(h.group_area, h.village, p.area), 1, length(a.code)) = a.code
				WHERE pl.status = 'published' AND pl.period = (SELECT max(period) FROM plans WHERE status = 'published'))
		ORDER BY code`)
	// visibleCadre is the same for one of them, found by its key.
	visibleCadre = query(`SELECT id, code, name, unit, title, rank, grade, head, portfolio, skills, office_phone, mobile, mail,
			native_village, capacity, active
		FROM cadres c
		WHERE c.id = :id AND (:all = 1 OR c.id IN (:cadres)
			OR :by_area = 1 AND EXISTS (SELECT 1 FROM units u JOIN areas a ON a.code IN (:areas)
				WHERE u.id = c.unit AND substr(u.area, 1, length(a.code)) = a.code)
			OR :by_area = 1 AND c.id IN (SELECT p.cadre FROM pairings p JOIN plans pl ON pl.id = p.plan
				LEFT JOIN households h ON h.id = p.household
				JOIN areas a ON a.code IN (:areas)
					AND substr(COALESCE(h.group_area, h.village, p.area), 1, length(a.code)) = a.code
				WHERE pl.status = 'published' AND pl.period = (SELECT max(period) FROM plans WHERE status = 'published')))`)
	leavesOf     = query(`SELECT cadre, place, from_on, until_on, reason, cover FROM cadre_leaves WHERE cadre IN (:ids) ORDER BY cadre, place`)
	dropLeaves   = query(`DELETE FROM cadre_leaves WHERE cadre IN (:ids)`)
	insertLeaves = inserts(`INSERT INTO cadre_leaves (cadre, place, from_on, until_on, reason, cover) VALUES (?, ?, ?, ?, ?, ?)`)
)

func (tx *Tx) readLeaves(rows []cadreRow) error {
	of := make(map[string][]leaveRow, len(rows))
	err := chunks(idsOf(rows), func(part []string) error {
		var found []leaveRow
		if err := tx.all(&found, leavesOf, args{"ids": part}); err != nil {
			return err
		}
		for _, l := range found {
			of[l.Cadre] = append(of[l.Cadre], l)
		}
		return nil
	})
	for i := range rows {
		rows[i].Leaves = of[rows[i].ID]
	}
	return err
}

func (tx *Tx) writeLeaves(rows []cadreRow) error {
	if err := chunks(idsOf(rows), func(part []string) error {
		_, err := tx.exec(dropLeaves, args{"ids": part})
		return err
	}); err != nil {
		return err
	}
	var leaves []leaveRow
	for _, r := range rows {
		for i, l := range r.Leaves {
			l.Cadre, l.Place = r.ID, i
			leaves = append(leaves, l)
		}
	}
	return tx.insert(insertLeaves, len(leaves), func(i int) []any {
		l := leaves[i]
		return []any{l.Cadre, l.Place, l.FromOn, l.UntilOn, l.Reason, l.Cover}
	})
}

// cadresSeen returns the cadres that a statement finds within the scope.
func (tx *Tx) cadresSeen(q *statement, more args) ([]planner.Cadre, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []cadreRow
	if err := tx.all(&rows, q, s.args().with(more)); err != nil {
		return nil, err
	}
	if err := tx.readLeaves(rows); err != nil {
		return nil, err
	}
	return nouns(rows, func(r cadreRow) planner.Cadre { return r.noun(tx.who.SeesPrivate() || s.owns(r.ID)) }), nil
}

// Cadre returns one cadre without contacts; the reasons of leaves only to the planner and the cadre. NotFound if there
// is none, or it lies outside the scope.
func (tx *Tx) Cadre(id planner.CadreID) (planner.Cadre, error) {
	found, err := tx.cadresSeen(visibleCadre, args{"id": string(id)})
	if err == nil && len(found) == 0 {
		err = planner.Fail(planner.NotFound, "没有这名干部，或不在您的范围内。", "there is no such cadre, or none within your scope")
	}
	if err != nil {
		return planner.Cadre{}, err
	}
	return found[0], nil
}

// PutCadres adds cadres or replaces those of the same ID. An empty Mobile or Mail keeps what is stored; "-" deletes it.
func (tx *Tx) PutCadres(cs []planner.Cadre) error {
	if err := tx.mayManage(); err != nil || len(cs) == 0 {
		return err
	}
	ids := make([]string, len(cs))
	for i, c := range cs {
		ids[i] = string(c.ID)
	}
	old, err := cadres.load(tx, ids)
	if err != nil {
		return err
	}
	rows := make([]cadreRow, len(cs))
	for i, c := range cs {
		r := cadreRow{ID: string(c.ID), Code: c.Code, Name: c.Name, Unit: string(c.Unit), Title: c.Title, Rank: string(c.Rank),
			Grade: string(c.Grade), Head: c.Head, Portfolio: c.Portfolio, Skills: c.Skills, OfficePhone: c.OfficePhone,
			NativeVillage: nullable(c.NativeVillage), Capacity: c.Capacity, Active: c.Active}
		for _, l := range c.Leaves {
			r.Leaves = append(r.Leaves, leaveRow{FromOn: l.Span.From, UntilOn: l.Span.Until, Reason: l.Reason, Cover: l.Cover})
		}
		if r.Mobile, err = tx.sealContact(mobilePlace(c.ID), c.Mobile, old[r.ID].Mobile); err != nil {
			return fmt.Errorf("mobile of cadre %s: %w", c.ID, err)
		}
		if r.Mail, err = tx.sealContact(mailPlace(c.ID), c.Mail, old[r.ID].Mail); err != nil {
			return fmt.Errorf("mail of cadre %s: %w", c.ID, err)
		}
		rows[i] = r
	}
	_, err = cadres.save(tx, old, rows)
	return err
}

// Contact of a cadre; empty parts are not known.
type Contact struct{ Mobile, Mail string }

// CadreContacts decrypts the contacts of cadres, for sending and for the planner's print-outs. Cadres without any are
// left out. Only the system and planners may; each call is recorded in the audit.
func (tx *Tx) CadreContacts(ids []planner.CadreID) (map[planner.CadreID]Contact, error) {
	if !tx.who.Is(planner.RolePlanner) {
		return nil, errForbidden()
	}
	found, err := cadres.load(tx, plain(ids))
	if err != nil {
		return nil, err
	}
	out := make(map[planner.CadreID]Contact, len(found))
	for _, id := range sortedKeys(found) {
		r := found[id]
		var c Contact
		if c.Mobile, err = tx.openContact(mobilePlace(planner.CadreID(id)), r.Mobile); err != nil {
			return nil, fmt.Errorf("mobile of cadre %s: %w", id, err)
		}
		if c.Mail, err = tx.openContact(mailPlace(planner.CadreID(id)), r.Mail); err != nil {
			return nil, fmt.Errorf("mail of cadre %s: %w", id, err)
		}
		if c != (Contact{}) {
			out[planner.CadreID(id)] = c
			if err := tx.noteRead("cadre-contact", id); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Reach says by what a cadre can be reached.
type Reach struct{ Mobile, Mail bool }

// Any reports whether there is a mobile or a mail address.
func (r Reach) Any() bool { return r.Mobile || r.Mail }

var cadresWithContact = query(`SELECT id, mobile IS NOT NULL AS has_mobile, mail IS NOT NULL AS has_mail FROM cadres WHERE (mobile IS NOT NULL OR mail IS NOT NULL) AND (:all = 1 OR id IN (:cadres))`)

// HasContact tells which cadres of the scope have a mobile or a mail address; those without are not in the map. Nothing
// is decrypted.
func (tx *Tx) HasContact() (map[planner.CadreID]Reach, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID        planner.CadreID `db:"id"`
		HasMobile bool            `db:"has_mobile"`
		HasMail   bool            `db:"has_mail"`
	}
	if err := tx.all(&rows, cadresWithContact, args{"all": flag(s.all), "cadres": in(s.cadres)}); err != nil {
		return nil, err
	}
	out := make(map[planner.CadreID]Reach, len(rows))
	for _, r := range rows {
		out[r.ID] = Reach{Mobile: r.HasMobile, Mail: r.HasMail}
	}
	return out, nil
}
