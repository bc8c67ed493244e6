package store

import (
	"database/sql"
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
	{"cadre", "reception-day", query(`SELECT second AS target, held_on AS id FROM reception_days WHERE second IN (:ids)`)},
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
	t, err := tx.trailOf(id)
	if err != nil {
		return 0, err
	}
	if err := t.check(); err != nil {
		return 0, err
	}
	if err := t.turnBack(); err != nil {
		return 0, err
	}
	record.UndoneAt = civil.At(tx.op.Now)
	_, err = imports.save(tx, found, []importRow{record})
	return t.rows, err
}

// check compares what is stored with what the import left, looks for rows that refer to what the undo would delete and
// that it would not delete itself, and counts.
func (t *batchTrail) check() error {
	var touched, stranded []string
	t.rows = 0
	known := 0
	for _, shelf := range shelves {
		if t.touched[shelf.name()] == nil {
			continue
		}
		known++
		err := t.fates(shelf.name(), func(page []*fate) error {
			t.rows += len(page)
			changed, err := t.tx.changedSince(shelf, page)
			touched = append(touched, changed...)
			if err != nil || len(touched) > 0 {
				return err
			}
			found, err := t.stranded(shelf.name(), page)
			stranded = append(stranded, found...)
			return err
		})
		if err != nil {
			return err
		}
	}
	if known < len(t.touched) {
		for kind := range t.touched {
			if !slices.ContainsFunc(shelves, func(s shelf) bool { return s.name() == kind }) {
				return fmt.Errorf("undo: an import wrote a %s, which cannot be put back", kind)
			}
		}
	}
	if len(touched) > 0 {
		list := named(touched)
		return planner.Fail(planner.Conflict, "导入之后又有修改，不能撤销："+list.ZH+"。请先改回这些记录，或另行导入更正。",
			"there were changes after the import, so it cannot be undone: "+list.EN+"; change these back first, or import a correction")
	}
	if len(stranded) == 0 {
		return nil
	}
	slices.Sort(stranded)
	list := named(slices.Compact(stranded))
	return planner.Fail(planner.Conflict, "导入的记录已被使用，撤销会使下列内容失去依据："+list.ZH+"。请先处理这些走访、结对或事项。",
		"what was imported is in use, and these would be stranded: "+list.EN+"; settle these visits, pairings or tasks first")
}

// changedSince names the rows that are no longer as the import left them.
func (tx *Tx) changedSince(shelf shelf, page []*fate) (touched []string, err error) {
	ids := make([]string, len(page))
	for i, f := range page {
		ids[i] = f.id
	}
	now, err := shelf.images(tx, ids)
	if err != nil {
		return nil, err
	}
	for _, f := range page {
		left, err := shelf.normal(f.after)
		if err != nil {
			return nil, err
		}
		if string(now[f.id]) != string(left) {
			touched = append(touched, kindText[f.kind]+" "+label(f))
		}
	}
	return touched, nil
}

// stranded names the rows that refer to what the import added. What it touched itself does not count: that goes too, or is
// put back to what it referred to before.
func (t *batchTrail) stranded(kind string, page []*fate) (stranded []string, err error) {
	labels := map[string]string{}
	var ids []string
	for _, f := range page {
		if f.before == nil {
			ids = append(ids, f.id)
			labels[f.id] = label(f)
		}
	}
	for _, ref := range references {
		if ref.to != kind {
			continue
		}
		err := chunks(ids, func(part []string) error {
			_, err := scanned(t.tx, ref.rows, args{"ids": part}, func(rows *sql.Rows, _ *struct{}) error {
				var target, id string
				if err := rows.Scan(&target, &id); err != nil {
					return err
				}
				if t.touched[ref.from][id] == 0 {
					stranded = append(stranded, kindText[ref.to]+" "+labels[target]+" ← "+kindText[ref.from])
				}
				return nil
			})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return stranded, nil
}

// turnBack deletes and restores in an order that references and unique columns allow: rows that nothing refers to go
// first, then everything is put back, parents first, then the rest goes, children first.
func (t *batchTrail) turnBack() error {
	remove := func(s shelf) error {
		return t.fates(s.name(), func(page []*fate) error {
			var ids []string
			for _, f := range page {
				if f.before == nil {
					ids = append(ids, f.id)
				}
			}
			return s.removeIDs(t.tx, ids)
		})
	}
	for _, s := range shelves {
		if leaves[s.name()] {
			if err := remove(s); err != nil {
				return err
			}
		}
	}
	for _, s := range shelves {
		if err := t.restore(s); err != nil {
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

// restore puts back the rows of one kind. Those that may have to make room for one another are put back together and
// before the others.
func (t *batchTrail) restore(s shelf) error {
	var together [][]byte
	var apart map[string]bool
	if s.mayMove() {
		apart = map[string]bool{}
		err := t.fates(s.name(), func(page []*fate) error {
			moving, err := s.moving(t.tx, imagesOf(page, nil))
			for _, f := range page { // in their order
				if image, ok := moving[f.id]; ok {
					together, apart[f.id] = append(together, image), true
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := s.restore(t.tx, together); err != nil {
		return err
	}
	return t.fates(s.name(), func(page []*fate) error {
		return s.restore(t.tx, imagesOf(page, apart))
	})
}

// imagesOf are the rows as they were before, but for those added and those left out.
func imagesOf(page []*fate, out map[string]bool) (images [][]byte) {
	for _, f := range page {
		if f.before != nil && !out[f.id] {
			images = append(images, f.before)
		}
	}
	return images
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
