package main

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Numbers that must not leave the house: 18-digit ID, 16–19-digit card, 11-digit mobile, standing alone.
var secretNumbers = regexp.MustCompile(`(?:^|[^0-9A-Za-z.])((?:[1-9]\d{16}[0-9Xx])|(?:[3-6]\d{15,18})|(?:1[3-9]\d{9}))(?:[^0-9A-Za-z]|$)`)

// checkNoNumbers looks into every file of a demo that goes to other people: feeds, plan, review sheets, slips. The roster
// is what the office sent in, and the database holds contacts encrypted, so it is searched for them in the plain as well.
func checkNoNumbers(t *testing.T, dir string) {
	if seen := lookForNumbers(t, dir); seen < 1000 {
		t.Errorf("got only %d files looked at", seen)
	}
}

// lookForNumbers looks into every file below dir, workbooks and PDFs included, and returns how many it read.
func lookForNumbers(t *testing.T, dir string) (seen int) {
	t.Helper()
	look := func(name string, b []byte) {
		seen++
		if m := secretNumbers.FindSubmatch(b); m != nil {
			t.Errorf("%s holds %s…", name, m[1][:4])
		}
	}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(p, string(filepath.Separator)+"roster"+string(filepath.Separator)) {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		switch {
		case strings.HasSuffix(p, ".xlsx"):
			z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				return err
			}
			for _, f := range z.File {
				if !strings.HasPrefix(f.Name, "xl/worksheets/") && f.Name != "xl/sharedStrings.xml" {
					continue // styles hold colours such as 1F3864
				}
				r, err := f.Open()
				if err != nil {
					return err
				}
				part, err := io.ReadAll(r)
				if err != nil {
					return err
				}
				look(p+":"+f.Name, part)
			}
		case strings.HasSuffix(p, ".png"):
		case strings.HasSuffix(p, ".pdf"):
			text, err := exec.Command("pdftotext", "-layout", p, "-").Output()
			if err != nil {
				return err
			}
			look(p, text)
		case strings.Contains(filepath.Base(p), "lianxin.db"):
			if bytes.Contains(b, []byte("1990000")) {
				t.Errorf("%s holds a mobile number in the plain", p)
			}
			seen++
		default:
			look(p, b)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func TestTheLeakSearchFindsWhatItShould(t *testing.T) {
	for text, want := range map[string]bool{
		"电话13812345678。": true, "身份证 11010119900307123X,": true, "卡 6222020200001234567 ": true,
		"281006-0132": false, "村 411281006007 组": false, "0398-0000001": false, "DTSTART:20260115T083000": false,
	} {
		if got := secretNumbers.MatchString(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
