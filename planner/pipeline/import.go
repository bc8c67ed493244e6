package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// ImportRequest says what to take in.
type ImportRequest struct {
	Sources  []sheet.Source
	DryRun   bool                  // everything is done as in earnest, and then undone
	Period   int                   // the year being planned; last year's pairings belong to the one before. 0: this year
	Progress func(done, total int) // rows written; nil: nobody looks
}

// ImportReport says what an import did, or would do. A record counts once even if two sheets speak of it: a cadre with a
// leave is one.
type ImportReport struct {
	ID      planner.ImportID   `json:"id,omitempty"` // empty after a dry run, or if nothing differed
	DryRun  bool               `json:"dry_run"`
	Counts  map[sheet.Kind]int `json:"counts"` // rows read by sheet
	Added   int                `json:"added"`
	Changed int                `json:"changed"`
	Same    int                `json:"same"`
}

// importTries is how often an import begins anew when somebody changes the roster while it is being checked.
const importTries = 3

// errDryRun rolls a dry run back.
var errDryRun = errors.New("dry run")

// Import takes in an office's files: all of them or nothing. It reads the files, checks every row against the files and
// the database, and writes what differs in one transaction that [App.UndoImport] can take back as a whole. Rows that say
// what is stored already write nothing, so that importing the same files again changes nothing. What the files do not
// mention stays as it is: nobody leaves the roster by being left out.
//
// The findings come back in the order of the files, in any case. If one of them is a Stop, nothing is written and the
// error is Invalid. Only planners may import, else Forbidden; Conflict if the roster kept changing meanwhile.
func (a *App) Import(ctx context.Context, p planner.Principal, req ImportRequest) (ImportReport, []planner.Finding, error) {
	rep := ImportReport{DryRun: req.DryRun}
	if err := mayImport(p); err != nil {
		return rep, nil, err
	}
	now := a.Now()
	today := civil.DateIn(now, a.Zone)
	if req.Period == 0 {
		req.Period = today.Year
	}
	batch, found, err := sheet.Read(ctx, req.Sources)
	rep.Counts = batch.Counts()
	if err != nil {
		return rep, found, fmt.Errorf("import: %w", err)
	}
	for range importTries {
		snap, err := a.importSnapshot(ctx, p, req.Period, &batch)
		if err != nil {
			return rep, found, fmt.Errorf("import: %w", err)
		}
		check := checkBatch(batch, snap, req.Period)
		findings := inFileOrder(req.Sources, append(slices.Clone(found), check.All()...))
		if planner.Stops(findings) {
			return rep, findings, stopped(findings)
		}
		next := a.merge(batch, check, snap, today, req.Period)
		err = a.writeImport(ctx, p, req, snap, next, &rep)
		if errors.Is(err, errRosterMoved) {
			continue
		}
		if err != nil {
			return rep, findings, fmt.Errorf("import: %w", err)
		}
		return rep, findings, nil
	}
	return rep, found, planner.Fail(planner.Conflict, "名册正在被别人修改，请稍后再导入；没有写入任何数据。",
		"somebody is changing the roster; import again in a moment. Nothing was written.")
}

func mayImport(p planner.Principal) error {
	if p.Is(planner.RolePlanner) {
		return nil
	}
	return planner.Fail(planner.Forbidden, "只有组织部门经办人可以导入和撤销导入。", "only planners may import or undo an import.")
}

func stopped(fs []planner.Finding) error {
	n := 0
	for _, f := range fs {
		if f.Severity == planner.Stop {
			n++
		}
	}
	return planner.Fail(planner.Invalid, fmt.Sprintf("有%d处需要先改好，没有写入任何数据。", n), fmt.Sprintf("%d findings must be mended first; nothing was written.", n))
}

// importSnapshot is what the files are checked against.
type importSnapshot struct {
	roster     planner.Roster // without households
	households []store.HouseholdStub
	last       planner.Plan // published plan of the period before; no ID if there is none, or no file tells of last year's pairs
	tasks      []planner.Task
	days       []planner.AreaDay
	mark       store.Mark // of when it was read
}

// errRosterMoved: the database differs from the snapshot that was checked.
var errRosterMoved = errors.New("the roster changed since it was checked")

func (a *App) importSnapshot(ctx context.Context, p planner.Principal, period int, batch *sheet.Batch) (s importSnapshot, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		s, err = readImportSnapshot(tx, period, batch)
		return err
	})
	return s, err
}

// readImportSnapshot reads what the files of the batch will be compared with, and no more.
func readImportSnapshot(tx *store.Tx, period int, batch *sheet.Batch) (s importSnapshot, err error) {
	if s.roster, err = tx.RosterBarHouseholds(); err != nil {
		return s, err
	}
	if s.households, err = tx.HouseholdStubs(); err != nil {
		return s, err
	}
	if batch.Pairings.Len() > 0 {
		if s.last, err = tx.PlanFor(period-1, planner.PlanPublished); err != nil && planner.KindOf(err) != planner.NotFound {
			return s, err
		}
	}
	if len(batch.Tasks) > 0 {
		if s.tasks, err = tx.Tasks(store.TaskFilter{}); err != nil {
			return s, err
		}
	}
	if s.days, err = tx.AreaDays(); err != nil {
		return s, err
	}
	_, s.mark, err = tx.SinceImport(store.Mark{})
	return s, err
}

// writeImport writes what the merge made, in one transaction, and counts what really differed: the store leaves out rows
// that it holds already, contacts compared under their encryption included. A dry run does the same and rolls back, so
// that what it promises is what will happen.
func (a *App) writeImport(ctx context.Context, p planner.Principal, req ImportRequest, snap importSnapshot, next merged, rep *ImportReport) error {
	id := planner.ImportID(a.NewID())
	progress := req.Progress
	if progress == nil {
		progress = func(int, int) {}
	}
	err := a.DB.Write(ctx, p, store.Op{Name: "import", Now: a.Now(), Batch: id}, func(tx *store.Tx) error {
		if moved, _, err := tx.SinceImport(snap.mark); err != nil {
			return err
		} else if moved {
			return errRosterMoved
		}
		rep.ID, rep.Added, rep.Changed, rep.Same = "", 0, 0, 0
		done := 0
		for _, part := range next.parts(tx, func(n int) { progress(done+n, next.rows) }) {
			before := tx.Written()
			if err := part.put(); err != nil {
				return err
			}
			written := tx.Written() - before
			if part.rows != written && part.oneRow {
				written = part.rows // a plan is one row in the audit, but counts its pairs
			}
			added := min(part.added, written)
			rep.Added += added
			rep.Changed += written - added
			rep.Same += part.rows - written
			done += part.rows
			progress(done, next.rows)
		}
		rep.Same += next.same
		if tx.Written() == 0 {
			return nil
		}
		if req.DryRun {
			return errDryRun
		}
		rep.ID = id
		return tx.PutImport(store.ImportRecord{ID: id, At: a.Now(), By: p.Name, Files: fileNames(req.Sources), Rows: tx.Written()})
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

func fileNames(srcs []sheet.Source) []string {
	names := make([]string, len(srcs))
	for i, s := range srcs {
		names[i] = s.Name
	}
	return names
}

// inFileOrder sorts findings as somebody goes through the files: by file, sheet, row; columns as they were found.
func inFileOrder(srcs []sheet.Source, fs []planner.Finding) []planner.Finding {
	type key struct{ file, sheet string }
	files, sheets := map[string]int{}, map[key]int{}
	for i, s := range srcs {
		files[s.Name] = i
	}
	for _, f := range fs {
		k := key{f.Place.File, f.Place.Sheet}
		if _, ok := sheets[k]; !ok {
			sheets[k] = len(sheets)
		}
	}
	slices.SortStableFunc(fs, func(x, y planner.Finding) int {
		kx, ky := key{x.Place.File, x.Place.Sheet}, key{y.Place.File, y.Place.Sheet}
		for _, d := range []int{files[kx.file] - files[ky.file], sheets[kx] - sheets[ky], x.Place.Row - y.Place.Row} {
			if d != 0 {
				return d
			}
		}
		return 0
	})
	return fs
}
