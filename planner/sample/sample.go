package sample

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"lianxin/planner"
	"lianxin/planner/sheet"
)

// Options choose what [Write] makes.
type Options struct {
	Preset   string                                   // one of [Presets]
	Seed     uint64                                   // the same seed gives the same bytes
	Dir      string                                   // where the files go; made if missing
	Progress func(step planner.Text, done, total int) // may be nil
}

// Report says what was written.
type Report struct {
	Preset     string               `json:"preset"`
	Seed       uint64               `json:"seed"`
	Files      []File               `json:"files"` // in the order of import
	Counts     map[sheet.Kind]int   `json:"counts"`
	Villages   int                  `json:"villages"`
	Groups     int                  `json:"groups"`
	Units      int                  `json:"units"`    // all of the network
	Stations   int                  `json:"stations"` // of these 站
	Cadres     map[planner.Rank]int `json:"cadres"`
	OnLeave    int                  `json:"on_leave"` // staff on a long leave in the year to plan
	Households int                  `json:"households"`
	Consenting int                  `json:"consenting"`
	LastYear   int                  `json:"last_year"` // pairings of the year before
	Promises   int                  `json:"promises"`
}

// File is one written file.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
}

// The files, named so that a folder lists them in the order of import.
const (
	unitsFile    = "01-区划与单位.xlsx"
	cadresFile   = "02-干部花名册.xlsx"
	homesFile    = "03-户名册.csv"
	pairsFile    = "04-上年结对.csv"
	promisesFile = "05-跟进事项.xlsx"
)

// Sources are the report's files in dir as an import takes them, in order.
func (r Report) Sources(dir string) []sheet.Source {
	out := make([]sheet.Source, len(r.Files))
	for i, f := range r.Files {
		path := filepath.Join(dir, f.Name)
		out[i] = sheet.Source{Name: f.Name, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
	}
	return out
}

// Write makes the import files of a preset in o.Dir, replacing files of the same names. Each file appears whole or not
// at all. Errors: Invalid for an unknown preset, Unavailable if a file cannot be written; the context's error when it
// is done.
func Write(ctx context.Context, o Options) (Report, error) {
	p, err := presetByID(o.Preset)
	if err != nil {
		return Report{}, err
	}
	if o.Progress == nil {
		o.Progress = func(planner.Text, int, int) {}
	}
	l, err := readLand(p.id)
	if err != nil {
		return Report{}, err
	}
	l.people(p, o.Seed)
	n := layNetwork(p, &l)
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return Report{}, unwritable(o.Dir, err)
	}
	rep := Report{Preset: p.id, Seed: o.Seed, Villages: len(l.villages), Units: len(n.units), Stations: n.stations, Counts: map[sheet.Kind]int{}}
	if err := rep.write(ctx, o, p, &l, &n); err != nil {
		return rep, fmt.Errorf("sample %s: %w", p.id, err)
	}
	return rep, nil
}

// write makes the files. Cadres come before households, whose pairs name them; recusals come of the households and yet
// stand in the cadres' workbook, which therefore closes last but one.
func (rep *Report) write(ctx context.Context, o Options, p preset, l *land, n *network) error {
	var open []*output
	defer func() {
		for _, f := range open {
			f.discard()
		}
	}()
	begin := func(name string, rows func(io.Writer) *sheet.RowWriter) (*output, error) {
		f, err := create(o.Dir, name, rows, rep.Counts)
		if err == nil {
			open = append(open, f)
		}
		return f, err
	}
	places, err := begin(unitsFile, sheet.NewXLSX)
	if err != nil {
		return err
	}
	say := planner.Text{ZH: "区划与单位", EN: "areas and units"}
	o.Progress(say, 0, len(n.units))
	if err := writePlaces(places, *l, *n); err != nil {
		return err
	}
	o.Progress(say, len(n.units), len(n.units))
	rep.Groups = rep.Counts[sheet.Areas] - len(l.counties) - len(l.townships) - len(l.villages)

	cadres, err := begin(cadresFile, sheet.NewXLSX)
	if err != nil {
		return err
	}
	say = planner.Text{ZH: "干部花名册", EN: "cadres"}
	o.Progress(say, 0, p.cadres)
	if rep.Cadres, err = writeCadres(cadres, p, o.Seed, *l, n); err != nil {
		return err
	}
	rep.OnLeave = p.onLeave
	o.Progress(say, p.cadres, p.cadres)

	m := &muster{p: p, seed: o.Seed, l: l, n: n}
	if m.homes, err = begin(homesFile, csvOf(sheet.Households, true)); err != nil {
		return err
	}
	if m.pairs, err = begin(pairsFile, csvOf(sheet.Pairings, false)); err != nil {
		return err
	}
	say = planner.Text{ZH: "户名册与上年结对", EN: "households and last year's pairs"}
	if err := m.run(ctx, func(done int) { o.Progress(say, done, p.households) }); err != nil {
		return err
	}
	rep.Households, rep.Consenting, rep.LastYear, rep.Promises = m.count, m.agreed, m.paired, len(m.promises)
	for _, r := range append(m.recusals, m.villageRecusals()...) {
		if err := cadres.put(r); err != nil {
			return err
		}
	}

	tasks, err := begin(promisesFile, sheet.NewXLSX)
	if err != nil {
		return err
	}
	for _, r := range m.promises {
		if err := tasks.put(r); err != nil {
			return err
		}
	}
	files := []*output{places, cadres, m.homes, m.pairs, tasks}
	if rows := m.extra.rows(m); len(rows) > 0 {
		helpers, err := begin(helpersFile, sheet.NewXLSX)
		if err != nil {
			return err
		}
		if err := helpers.rows.Begin(sheet.Helpers, sheet.Wishes); err != nil {
			return err
		}
		if err := helpers.put(rows...); err != nil {
			return err
		}
		files = append(files, helpers)
	}
	for _, f := range files {
		size, err := f.finish()
		if err != nil {
			return err
		}
		rep.Files = append(rep.Files, File{f.name, size})
	}
	return nil
}
