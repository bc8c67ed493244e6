package followup

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sync"

	"gopkg.in/yaml.v3"

	"lianxin/planner"
)

//go:embed checklists/*.yaml
var checklists embed.FS

var (
	itemKey  = regexp.MustCompile(`^[a-z]+(\.[a-z]+)*$`)
	itemCode = regexp.MustCompile(`^[1-9][0-9]$`)
)

// VisitChecklist is the checklist of a visit as the program brings it.
var VisitChecklist = sync.OnceValue(func() planner.Checklist {
	b, err := checklists.ReadFile("checklists/visit.yaml")
	if err == nil {
		var c planner.Checklist
		if c, err = ReadChecklist("visit.yaml", b); err == nil {
			return c
		}
	}
	panic(err) // a file of ours
})

// ReadChecklist reads a checklist that an office wrote. name is the file's, for the sentences.
//
// Errors: Invalid if it is no YAML, has a key that is not known, or lacks something; each fault of the content is one sentence,
// joined by [errors.Join].
func ReadChecklist(name string, b []byte) (planner.Checklist, error) {
	var c planner.Checklist
	if err := decodeYAML(name, b, &c); err != nil {
		return c, err
	}
	return c, checkChecklist(name, c)
}

// decodeYAML reads one document and refuses keys that are not known.
func decodeYAML(name string, b []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	err := d.Decode(into)
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("the file is empty")
	}
	return &planner.Error{Kind: planner.Invalid, Where: name, Err: err, Say: planner.Text{
		ZH: "读不懂这个文件：" + err.Error() + "。请对照样例改正。", EN: "the file cannot be read: " + err.Error() + "; compare it with the sample"}}
}

func checkChecklist(name string, c planner.Checklist) error {
	var faults []error
	fault := func(where, zh, en string) {
		faults = append(faults, &planner.Error{Kind: planner.Invalid, Where: name, Say: planner.Text{ZH: where + zh, EN: where + en}})
	}
	whole := func(where string, t planner.Text) {
		if t.ZH == "" || t.EN == "" {
			fault(where, "：缺中文或英文，请补上。", ": the Chinese or the English text is missing; add it")
		}
	}
	if c.Key == "" {
		fault("key", "：清单没有 key，请补上。", ": the checklist has no key; add one")
	}
	whole("title", c.Title)
	whole("conduct", c.Conduct)
	whole("rights", c.Rights)
	if len(c.Sections) == 0 {
		fault("sections", "：一个部分也没有。", ": there is no section")
	}
	var keys, codes []string
	for _, s := range c.Sections {
		where := "sections/" + s.Key
		if !itemKey.MatchString(s.Key) || slices.Contains(keys, s.Key) {
			fault(where, "：key 须为小写字母，且不能重复。", ": a key is lower-case letters and stands once")
		}
		keys = append(keys, s.Key)
		whole(where+"/title", s.Title)
		whole(where+"/role", s.Role)
		for _, it := range s.Items {
			where := where + "/" + it.Key
			if !itemKey.MatchString(it.Key) || slices.Contains(keys, it.Key) {
				fault(where, "：key 须为小写字母和点，且不能重复。", ": a key is lower-case letters and dots and stands once")
			}
			keys = append(keys, it.Key)
			if !itemCode.MatchString(it.Code) || slices.Contains(codes, it.Code) {
				fault(where, fmt.Sprintf("：code %q 须为 10 到 99，且不能重复。", it.Code), fmt.Sprintf(": code %q must be 10 to 99 and stand once", it.Code))
			}
			codes = append(codes, it.Code)
			whole(where, it.Say)
		}
	}
	return errors.Join(faults...)
}
