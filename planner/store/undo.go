package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// shelves are the kinds that an import may write, parents first.
var shelves = []shelf{areas, units, cadres, households, recusals, helpers, pairWishes, plans, pairings, planLinks, events, visits, tasks, areaDays}

// leaves are the kinds that nothing refers to: they may go before anything is put back.
var leaves = map[string]bool{"recusal": true, "pairing": true, "pair-wish": true, "link": true, "visit": true, "task": true, "area-day": true}

// reference finds the rows of one kind that refer to rows of another.
type reference struct {
	to, from string // kinds
	rows     *statement
}

// references are all the ways by which the deletion of a row of an import could strand another row.
var references = []reference{
	{"area", "area", query(`SELECT parent AS target, code AS id FROM areas WHERE parent IN (:ids)`)},
	{"area", "unit", query(`SELECT area AS target, id FROM units WHERE area IN (:ids)`)},
	{"area", "unit", query(`SELECT village AS target, unit AS id FROM unit_villages WHERE village IN (:ids)`)},
	{"area", "cadre", query(`SELECT native_village AS target, id FROM cadres WHERE native_village IN (:ids)`)},
	{"area", "household", query(`SELECT village AS target, id FROM households WHERE village IN (:ids)`)},
	{"area", "household", query(`SELECT group_area AS target, id FROM households WHERE group_area IN (:ids)`)},
	{"area", "recusal", query(`SELECT village AS target, id FROM recusals WHERE village IN (:ids)`)},
	{"area", "pairing", query(`SELECT area AS target, id FROM pairings WHERE area IN (:ids)`)},
	{"area", "event", query(`SELECT village AS target, id FROM events WHERE village IN (:ids)`)},
	{"area", "area-day", query(`SELECT area AS target, id FROM area_days WHERE area IN (:ids)`)},
	{"unit", "cadre", query(`SELECT unit AS target, id FROM cadres WHERE unit IN (:ids)`)},
	{"cadre", "recusal", query(`SELECT cadre AS target, id FROM recusals WHERE cadre IN (:ids)`)},
	{"cadre", "pairing", query(`SELECT cadre AS target, id FROM pairings WHERE cadre IN (:ids)`)},
	{"cadre", "pairing", query(`SELECT was AS target, id FROM pairings WHERE was IN (:ids)`)},
	{"cadre", "event", query(`SELECT cadre AS target, id FROM events WHERE cadre IN (:ids)`)},
	{"cadre", "visit", query(`SELECT cadre AS target, id FROM visits WHERE cadre IN (:ids)`)},
	{"cadre", "task", query(`SELECT owner AS target, id FROM tasks WHERE owner IN (:ids)`)},
	{"cadre", "duty-balance", query(`SELECT cadre AS target, id FROM duty_balances WHERE cadre IN (:ids)`)},
	{"cadre", "reception-day", query(`SELECT deputy AS target, held_on AS id FROM reception_days WHERE deputy IN (:ids)`)},
	{"cadre", "swap", query(`SELECT giver AS target, id FROM swaps WHERE giver IN (:ids)`)},
	{"cadre", "swap", query(`SELECT taker AS target, id FROM swaps WHERE taker IN (:ids)`)},
	{"event", "occasion", query(`SELECT event AS target, event AS id FROM occasions WHERE event IN (:ids)`)},
	{"event", "agenda-item", query(`SELECT event AS target, id FROM agenda_items WHERE event IN (:ids)`)},
	{"event", "meeting-cutoff", query(`SELECT event AS target, event AS id FROM meeting_cutoffs WHERE event IN (:ids)`)},
	{"task", "agenda-item", query(`SELECT task AS target, id FROM agenda_items WHERE task IN (:ids)`)},
	{"cadre", "acting-holder", query(`SELECT cadre AS target, unit AS id FROM acting_holders WHERE cadre IN (:ids)`)},
	{"cadre", "account", query(`SELECT cadre AS target, id FROM accounts WHERE cadre IN (:ids)`)},
	{"area", "matter", query(`SELECT area AS target, id FROM matters WHERE area IN (:ids)`)},
	{"unit", "matter", query(`SELECT unit AS target, id FROM matters WHERE unit IN (:ids)`)},
	{"unit", "matter", query(`SELECT receiver_unit AS target, id FROM matters WHERE receiver_unit IN (:ids)`)},
	{"unit", "matter", query(`SELECT unit AS target, matter AS id FROM matter_acts WHERE unit IN (:ids)`)},
	{"cadre", "matter", query(`SELECT receiver AS target, id FROM matters WHERE receiver IN (:ids)`)},
	{"cadre", "matter", query(`SELECT officer AS target, id FROM matters WHERE officer IN (:ids)`)},
	{"cadre", "matter", query(`SELECT cadre AS target, matter AS id FROM matter_acts WHERE cadre IN (:ids)`)},
	{"cadre", "matter", query(`SELECT to_cadre AS target, matter AS id FROM matter_acts WHERE to_cadre IN (:ids)`)},
	{"cadre", "matter", query(`SELECT leader AS target, matter AS id FROM matter_leads WHERE leader IN (:ids)`)},
	{"cadre", "matter", query(`SELECT extended_by AS target, matter AS id FROM matter_leads WHERE extended_by IN (:ids)`)},
	{"household", "recusal", query(`SELECT household AS target, id FROM recusals WHERE household IN (:ids)`)},
	{"household", "pairing", query(`SELECT household AS target, id FROM pairings WHERE household IN (:ids)`)},
	{"household", "visit", query(`SELECT household AS target, id FROM visits WHERE household IN (:ids)`)},
	{"household", "task", query(`SELECT household AS target, id FROM tasks WHERE household IN (:ids)`)},
	{"plan", "pairing", query(`SELECT plan AS target, id FROM pairings WHERE plan IN (:ids)`)},
	{"plan", "link", query(`SELECT plan AS target, id FROM plan_links WHERE plan IN (:ids)`)},
	{"area", "helper", query(`SELECT area AS target, id FROM helpers WHERE area IN (:ids)`)},
	{"area", "pair-wish", query(`SELECT area AS target, id FROM pair_wishes WHERE area IN (:ids)`)},
	{"area", "link", query(`SELECT area AS target, id FROM plan_links WHERE area IN (:ids)`)},
	{"unit", "link", query(`SELECT unit AS target, id FROM plan_links WHERE unit IN (:ids)`)},
	{"cadre", "pair-wish", query(`SELECT cadre AS target, id FROM pair_wishes WHERE cadre IN (:ids)`)},
	{"cadre", "link", query(`SELECT cadre AS target, id FROM plan_links WHERE cadre IN (:ids)`)},
	{"helper", "link", query(`SELECT helper AS target, id FROM plan_links WHERE helper IN (:ids)`)},
	{"household", "pair-wish", query(`SELECT household AS target, id FROM pair_wishes WHERE household IN (:ids)`)},
	{"household", "link", query(`SELECT household AS target, id FROM plan_links WHERE household IN (:ids)`)},
	{"event", "visit", query(`SELECT event AS target, id FROM visits WHERE event IN (:ids)`)},
}

// rowsOfBatch are what the transactions of an import did, in order; the import's own record is left out.
var rowsOfBatch = query(`SELECT r.no, r.action, r.kind, r.row_id, r.household, r.before, r.after
	FROM audit_writes w JOIN audit_rows r ON r.write_seq = w.seq
	WHERE w.batch = :batch AND r.action <> 'read' AND r.kind <> 'import'
	ORDER BY w.seq, r.no`)

// fate is what an import did to one row: before is nil if it added it, after nil if it deleted it.
type fate struct {
	kind, id      string
	before, after []byte
}

// UndoImport puts back every row that was written with Op.Batch == id to what it was before, and returns how many rows
// that is. Conflict, and nothing is changed, if a later write changed one of them, or if a row that the import added is
// needed meanwhile by a visit, a pairing, a task or anything else; the sentence names up to 20 and says how many more.
// Planners and administrators only.
func (tx *Tx) UndoImport(id planner.ImportID) (rows int, err error) {
	if err := tx.mayManage(); err != nil {
		return 0, err
	}
	found, err := imports.load(tx, []string{string(id)})
	if err != nil {
		return 0, err
	}
	record, ok := found[string(id)]
	if !ok {
		return 0, planner.Fail(planner.NotFound, "没有这次导入。", "there is no such import")
	}
	if !record.UndoneAt.IsZero() {
		return 0, planner.Fail(planner.Conflict, "这次导入已撤销过。", "this import was undone already")
	}
	fates, err := tx.fatesOf(id)
	if err != nil {
		return 0, err
	}
	if err := tx.checkUntouched(fates); err != nil {
		return 0, err
	}
	if err := tx.checkStranded(fates); err != nil {
		return 0, err
	}
	if err := tx.turnBack(fates); err != nil {
		return 0, err
	}
	record.UndoneAt = civil.At(tx.op.Now)
	_, err = imports.save(tx, found, []importRow{record})
	return len(fates), err
}

// fatesOf folds the audit of a batch into one fate a row, in the order of first touch.
func (tx *Tx) fatesOf(id planner.ImportID) ([]*fate, error) {
	var rows []auditRow
	if err := tx.all(&rows, rowsOfBatch, args{"batch": string(id)}); err != nil {
		return nil, err
	}
	var sealed []string
	for _, r := range rows {
		sealed = append(sealed, r.Household)
	}
	if err := tx.unlock(sealed, false); err != nil {
		return nil, err
	}
	var fates []*fate
	of := map[string]*fate{}
	for _, r := range rows {
		before, after := r.Before, r.After
		if r.Household != "" {
			key := tx.vault[r.Household]
			if key.aead == nil {
				return nil, planner.Fail(planner.Conflict, "有住户的资料已应其要求删除，这次导入不能再撤销。",
					"a household's record was erased at its wish, so this import can no longer be undone")
			}
			var err error
			if before, err = key.open(r.Kind, r.ID, r.Before); err != nil {
				return nil, err
			}
			if after, err = key.open(r.Kind, r.ID, r.After); err != nil {
				return nil, err
			}
		}
		f, ok := of[r.Kind+"/"+r.ID]
		if !ok {
			f = &fate{kind: r.Kind, id: r.ID, before: before}
			of[r.Kind+"/"+r.ID] = f
			fates = append(fates, f)
		}
		f.after = after
	}
	// What an import added and took away again itself needs nothing.
	return slices.DeleteFunc(fates, func(f *fate) bool { return f.before == nil && f.after == nil }), nil
}

// ofKind returns the fates of one kind and their IDs.
func ofKind(fates []*fate, kind string) (own []*fate, ids []string) {
	for _, f := range fates {
		if f.kind == kind {
			own, ids = append(own, f), append(ids, f.id)
		}
	}
	return own, ids
}

// checkUntouched compares what is stored with what the import left.
func (tx *Tx) checkUntouched(fates []*fate) error {
	known := map[string]bool{}
	var touched []string
	for _, shelf := range shelves {
		known[shelf.name()] = true
		own, ids := ofKind(fates, shelf.name())
		now, err := shelf.images(tx, ids)
		if err != nil {
			return err
		}
		for _, f := range own {
			left, err := shelf.normal(f.after)
			if err != nil {
				return err
			}
			if string(now[f.id]) != string(left) {
				touched = append(touched, kindText[f.kind]+" "+label(f))
			}
		}
	}
	for _, f := range fates {
		if !known[f.kind] {
			return fmt.Errorf("undo: an import wrote a %s, which cannot be put back", f.kind)
		}
	}
	if len(touched) == 0 {
		return nil
	}
	list := named(touched)
	return planner.Fail(planner.Conflict, "导入之后又有修改，不能撤销："+list.ZH+"。请先改回这些记录，或另行导入更正。",
		"there were changes after the import, so it cannot be undone: "+list.EN+"; change these back first, or import a correction")
}

// checkStranded looks for rows that refer to what the undo would delete and that it would not delete itself.
func (tx *Tx) checkStranded(fates []*fate) error {
	// What the import touched does not count: it goes too, or is put back to what it referred to before.
	touched := make(map[string]bool, len(fates))
	for _, f := range fates {
		touched[f.kind+"/"+f.id] = true
	}
	var stranded []string
	for _, ref := range references {
		own, _ := ofKind(fates, ref.to)
		labels := map[string]string{}
		var ids []string
		for _, f := range own {
			if f.before == nil {
				ids = append(ids, f.id)
				labels[f.id] = label(f)
			}
		}
		err := chunks(ids, func(part []string) error {
			var rows []struct{ Target, ID string }
			if err := tx.all(&rows, ref.rows, args{"ids": part}); err != nil {
				return err
			}
			for _, r := range rows {
				if touched[ref.from+"/"+r.ID] {
					continue
				}
				stranded = append(stranded, kindText[ref.to]+" "+labels[r.Target]+" ← "+kindText[ref.from])
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if len(stranded) == 0 {
		return nil
	}
	slices.Sort(stranded)
	list := named(slices.Compact(stranded))
	return planner.Fail(planner.Conflict, "导入的记录已被使用，撤销会使下列内容失去依据："+list.ZH+"。请先处理这些走访、结对或事项。",
		"what was imported is in use, and these would be stranded: "+list.EN+"; settle these visits, pairings or tasks first")
}

// turnBack deletes and restores in an order that references and unique columns allow: rows that nothing refers to go
// first, then everything is put back, parents first, then the rest goes, children first.
func (tx *Tx) turnBack(fates []*fate) error {
	remove := func(s shelf) error {
		own, _ := ofKind(fates, s.name())
		var ids []string
		for _, f := range own {
			if f.before == nil {
				ids = append(ids, f.id)
			}
		}
		return s.removeIDs(tx, ids)
	}
	for _, s := range shelves {
		if leaves[s.name()] {
			if err := remove(s); err != nil {
				return err
			}
		}
	}
	for _, s := range shelves {
		own, _ := ofKind(fates, s.name())
		var images [][]byte
		for _, f := range own {
			if f.before != nil {
				images = append(images, f.before)
			}
		}
		if err := s.restore(tx, images); err != nil {
			return err
		}
	}
	for _, s := range slices.Backward(shelves) {
		if !leaves[s.name()] {
			if err := remove(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// kindText words the kinds of rows for people.
var kindText = map[string]string{"area": "区划", "unit": "单位", "cadre": "干部", "household": "户", "recusal": "回避", "plan": "方案",
	"pairing": "结对", "event": "日程", "visit": "走访", "task": "事项", "account": "账号", "area-day": "区划日子", "matter": "信访事项"}

// kindTextEN is kindText in English.
var kindTextEN = map[string]string{"区划": "area", "单位": "unit", "干部": "cadre", "户": "household", "回避": "recusal", "方案": "plan",
	"结对": "pairing", "日程": "event", "走访": "visit", "事项": "task", "账号": "account", "区划日子": "area day", "信访事项": "matter"}

// label is what people know a row by: its code or key, else its ID.
func label(f *fate) string {
	image := f.after
	if image == nil {
		image = f.before
	}
	var known struct{ Code, Key string }
	if json.Unmarshal(image, &known) == nil {
		if known.Code != "" {
			return known.Code
		}
		if known.Key != "" {
			return known.Key
		}
	}
	return f.id
}

// mostNamed is how many rows a sentence names.
const mostNamed = 20

// named words a list in both languages, cut to mostNamed.
func named(items []string) planner.Text {
	shown, more := items[:min(mostNamed, len(items))], max(0, len(items)-mostNamed)
	english := make([]string, len(shown))
	for i, s := range shown {
		words := strings.Fields(s)
		for j, w := range words {
			if en, ok := kindTextEN[w]; ok {
				words[j] = en
			}
		}
		english[i] = strings.Join(words, " ")
	}
	t := planner.Text{ZH: strings.Join(shown, "、"), EN: strings.Join(english, ", ")}
	if more > 0 {
		t.ZH += fmt.Sprintf(" 等，另有 %d 项", more)
		t.EN += fmt.Sprintf(" and %d more", more)
	}
	return t
}
