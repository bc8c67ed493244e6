package sample

import (
	"bufio"
	"io"
	"os"
	"path/filepath"

	"lianxin/planner"
	"lianxin/planner/sheet"
)

// output is one file on its way: written beside its name and renamed when it is whole.
type output struct {
	name   string
	dir    string
	file   *os.File
	buf    *bufio.Writer
	rows   *sheet.RowWriter
	counts map[sheet.Kind]int // shared by all files of a report
}

func create(dir, name string, rows func(io.Writer) *sheet.RowWriter, counts map[sheet.Kind]int) (*output, error) {
	f, err := os.CreateTemp(dir, ".sample-*")
	if err != nil {
		return nil, unwritable(name, err)
	}
	buf := bufio.NewWriterSize(f, 1<<18)
	return &output{name: name, dir: dir, file: f, buf: buf, rows: rows(buf), counts: counts}, nil
}

// csvOf is a CSV of one kind, in GB18030 or in UTF-8 with BOM.
func csvOf(kind sheet.Kind, gb18030 bool) func(io.Writer) *sheet.RowWriter {
	return func(w io.Writer) *sheet.RowWriter { return sheet.NewCSV(w, kind, gb18030) }
}

// put adds rows.
func (f *output) put(rows ...sheet.Row) error {
	for _, r := range rows {
		f.counts[r.Kind()]++
	}
	return f.rows.Write(rows...)
}

// finish closes the file, gives it its name and returns its size.
func (f *output) finish() (int64, error) {
	if err := f.rows.Close(); err != nil {
		return 0, unwritable(f.name, err)
	}
	if err := f.buf.Flush(); err != nil {
		return 0, unwritable(f.name, err)
	}
	st, err := f.file.Stat()
	if err != nil {
		return 0, unwritable(f.name, err)
	}
	temp := f.file.Name()
	if err := f.file.Chmod(0o644); err != nil {
		return 0, unwritable(f.name, err)
	}
	if err := f.file.Close(); err != nil {
		return 0, unwritable(f.name, err)
	}
	f.file = nil
	if err := os.Rename(temp, filepath.Join(f.dir, f.name)); err != nil {
		os.Remove(temp)
		return 0, unwritable(f.name, err)
	}
	return st.Size(), nil
}

// discard removes what is not finished.
func (f *output) discard() {
	if f.file != nil {
		f.file.Close()
		os.Remove(f.file.Name())
	}
}

func unwritable(where string, err error) error {
	e := planner.Fail(planner.Unavailable, "文件写不进去，请检查文件夹是否存在、有无写权限、磁盘是否已满。",
		"the file cannot be written; check that the folder exists, may be written to and has room")
	e.Where, e.Err = where, err
	return e
}
