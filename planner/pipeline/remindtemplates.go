package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
)

// Template is how a kind of notice reads: {placeholders} are filled when it is sent.
type Template struct {
	Title planner.Text
	Body  planner.Text
}

// Templates are an office's own words for some kinds of notices, by the template's name.
type Templates map[string]Template

// DefaultTemplates are the words that come with the program.
func DefaultTemplates() Templates {
	t := Templates{}
	for name, title := range titleWords {
		t[name] = Template{title, bodyWords[name]}
	}
	return t
}

// Names are the templates' names, sorted.
func (t Templates) Names() []string { return slices.Sorted(maps.Keys(t)) }

// wordsOfNotice are the office's own words of a template, or those that come with the program.
func (a *App) wordsOfNotice(name string) (Template, bool) {
	if w, ok := a.Templates[name]; ok {
		return w, true
	}
	title, ok := titleWords[name]
	return Template{title, bodyWords[name]}, ok
}

// templateFile is a template as it stands in a file.
type templateFile struct {
	Title textFile `yaml:"title"`
	Body  textFile `yaml:"body"`
}

type textFile struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// ParseTemplates reads a templates file: YAML by template name, each with title and body in zh and en; what is left out stays as it
// comes with the program. Invalid for an unknown template and for a placeholder that the program's own words of it do not know, with
// the name.
func ParseTemplates(name string, b []byte) (Templates, error) {
	var file map[string]templateFile
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, &planner.Error{Kind: planner.Invalid, Where: name, Err: err, Say: planner.Text{ZH: "模板文件看不懂：" + err.Error(), EN: "the templates cannot be read: " + err.Error()}}
	}
	ours := DefaultTemplates()
	out := Templates{}
	for _, key := range slices.Sorted(maps.Keys(file)) {
		was, known := ours[key]
		if !known {
			return nil, badTemplate(name, key, "没有这个模板，可用的有："+strings.Join(ours.Names(), "、"), "no such template; there are: "+strings.Join(ours.Names(), ", "))
		}
		f, t := file[key], was
		for _, p := range []struct {
			to   *string
			from string
		}{{&t.Title.ZH, f.Title.ZH}, {&t.Title.EN, f.Title.EN}, {&t.Body.ZH, f.Body.ZH}, {&t.Body.EN, f.Body.EN}} {
			if p.from != "" {
				*p.to = p.from
			}
		}
		known1 := placeholder.FindAllString(was.Title.ZH+was.Title.EN+was.Body.ZH+was.Body.EN, -1)
		for _, used := range placeholder.FindAllString(t.Title.ZH+t.Title.EN+t.Body.ZH+t.Body.EN, -1) {
			if !slices.Contains(known1, used) {
				return nil, badTemplate(name, key, used+"不能用，可用的有："+strings.Join(known1, ""), used+" is not known here; there are: "+strings.Join(known1, " "))
			}
		}
		out[key] = t
	}
	return out, nil
}

func badTemplate(file, key, zh, en string) error {
	return &planner.Error{Kind: planner.Invalid, Where: file, Say: planner.Text{ZH: "模板“" + key + "”：" + zh, EN: "template " + key + ": " + en}}
}

// Write writes templates as a file that [ParseTemplates] reads.
func (t Templates) Write(w io.Writer) error {
	file := map[string]templateFile{}
	for name, x := range t {
		file[name] = templateFile{textFile{x.Title.ZH, x.Title.EN}, textFile{x.Body.ZH, x.Body.EN}}
	}
	enc := yaml.NewEncoder(w)
	if err := enc.Encode(file); err != nil {
		return err
	}
	return enc.Close()
}

// Preview words a template with the nearest reminder of the office's own ledger that uses it, by language. For those who see all;
// NotFound if none does until then.
func (a *App) Preview(ctx context.Context, p planner.Principal, template string, until civil.Date) (map[string]string, error) {
	if !p.SeesAll() {
		return nil, mustPlan(p)
	}
	list, err := a.listed(ctx, "preview a template for "+p.Name, until)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list.notices, func(n notifier.Notice) bool { return n.Template == template })
	if i < 0 {
		return nil, planner.Fail(planner.NotFound, "近期没有用到“"+template+"”的提醒，没有实际数据可以预览。", "no reminder of the near future uses "+template+"; there is nothing real to preview with.")
	}
	out := map[string]string{}
	for _, l := range lang.Langs {
		c, err := a.render(l, list.notices[i:i+1])
		if err != nil {
			return nil, fmt.Errorf("preview %s: %w", template, err)
		}
		out[l] = c.Subject + "\n\n" + c.Text
	}
	return out, nil
}
