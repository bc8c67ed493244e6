package sample

import (
	"archive/zip"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestNamesAreTroublesome(t *testing.T) {
	dir := t.TempDir()
	_, b := yima(t, 1, dir)
	names, heads := map[string]int{}, map[string]bool{}
	for _, c := range b.Cadres {
		names[c.Name]++
	}
	for _, want := range rareNames {
		if strings.Contains(want, " ") {
			want = strings.ReplaceAll(want, " ", "") // import takes the padding away
		}
		if names[want] == 0 {
			t.Errorf("no cadre is called %s", want)
		}
	}
	if !strings.Contains(firstSheet(t, filepath.Join(dir, cadresFile)), "喆 静") {
		t.Error("no two-character name is padded with a space in the workbook")
	}
	twice := 0
	for _, n := range names {
		if n > 1 {
			twice++
		}
	}
	if twice < 10 {
		t.Errorf("got %d names that several cadres share, want namesakes", twice)
	}
	for _, h := range b.Households.All() {
		heads[h.Head] = true
		if !strings.HasSuffix(h.Head, "某某") {
			t.Fatalf("head %q is not masked", h.Head)
		}
	}
	for _, want := range rareHeads {
		if !heads[want] {
			t.Errorf("no household's head is %s", want)
		}
	}
}

// firstSheet is the XML of a workbook's first sheet.
func firstSheet(t *testing.T, path string) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestContactsReachNobody(t *testing.T) {
	_, b := yima(t, 1, t.TempDir())
	line := regexp.MustCompile(`^0398-0\d{6}$`) // no subscriber's number begins with 0
	mobile := regexp.MustCompile(`^1990000\d{4}$`)
	mail := regexp.MustCompile(`^g\d{5}@yima\.example\.org$`)
	none := 0
	for _, c := range b.Cadres {
		if !line.MatchString(c.OfficePhone) {
			t.Errorf("%s has the office phone %q", c.Code, c.OfficePhone)
		}
		if c.Mobile != "" && !mobile.MatchString(c.Mobile) || c.Mail != "" && !mail.MatchString(c.Mail) {
			t.Errorf("%s has the contacts %q and %q", c.Code, c.Mobile, c.Mail)
		}
		if c.Mobile == "" && c.Mail == "" {
			none++
		}
	}
	if none != withoutContact {
		t.Errorf("got %d cadres without a contact, want %d", none, withoutContact)
	}
	for _, h := range b.Households.All() {
		if h.Contact != "" && !line.MatchString(h.Contact) {
			t.Errorf("%s has the contact %q", h.Code, h.Contact)
		}
	}
}
