package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
)

// caseColumns are the columns of a table of deadline cases; due_on and article are added to them.
var caseColumns = []string{"received_on", "accepted_on", "answered_on", "rules", "step", "extended_on", "hearing_from", "hearing_until", "roll"}

// matterDeadlinesCmd reckons a table of deadlines, so that a jurist can check it. It needs no database.
type matterDeadlinesCmd struct {
	File string `required:"" placeholder:"CSV" help:"案例表：received_on,accepted_on,answered_on,rules,step,extended_on,hearing_from,hearing_until,roll；- 为标准输入。 Table of cases; - is standard input."`
}

// Help says how a row is read.
func (matterDeadlinesCmd) Help() string {
	return `每行一个期限，输出同样的列，加 due_on（最后一天）和 article（依据）。 One deadline a row; the same columns come back with due_on and article.
  rules  national-2022（信访工作条例）、henan-2012（河南省信访条例 2012）
  step   transfer 转送、notify 告知、object 异议、answer 办结、extend 延期、review-ask 请求复查、review 复查、recheck-ask 请求复核、recheck 复核
从哪天起算（当天不算）  From which day, that day not counted:
  transfer notify object    received_on  收到信访事项（或转送、交办）之日
  answer extend             accepted_on  受理之日；填了 extended_on 的 answer 按延期算
  review-ask recheck-ask    answered_on  收到书面答复（复查意见）之日
  review recheck            received_on  收到复查（复核）请求之日；没有填，或早于 answered_on，按最迟请求日推算
hearing_from、hearing_until 首尾两天都算听证，只在复核中扣除。 Both days belong to the hearing; it pauses the recheck only.
roll  none 或空：不顺延；next_workday：末日不上班的，顺延到下一个工作日。`
}

// Run prints CSV, or JSON with --json. A row that cannot be reckoned is named with its row and column, and nothing is printed.
func (c *matterDeadlinesCmd) Run(s *Settings) error {
	text, err := readCases(c.File)
	if err != nil {
		return err
	}
	rows, findings := reckonCases(c.File, text)
	if len(findings) > 0 {
		for _, f := range findings {
			fmt.Fprintln(s.err, f.Sentence().ZH)
			fmt.Fprintln(s.err, f.Sentence().EN)
		}
		return invalid(fmt.Sprintf("共 %d 处要改，没有输出。", len(findings)), fmt.Sprintf("%d cells to mend; nothing was printed.", len(findings)))
	}
	header := append(slices.Clone(caseColumns), "due_on", "article")
	if s.JSON {
		out := []map[string]string{}
		for _, r := range rows {
			m := map[string]string{}
			for i, h := range header {
				m[h] = r[i]
			}
			out = append(out, m)
		}
		return s.writeJSON(out)
	}
	w := csv.NewWriter(s.out)
	if err := w.WriteAll(append([][]string{header}, rows...)); err != nil {
		return err
	}
	return w.Error()
}

// readCases reads the file as UTF-8, or as GB18030 if it is not.
func readCases(file string) ([]byte, error) {
	var b []byte
	var err error
	if file == "-" {
		b, err = io.ReadAll(os.Stdin)
	} else {
		b, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, &planner.Error{Kind: planner.Invalid, Where: file, Err: err, Say: planner.Text{ZH: "读不到这个文件，请检查路径。", EN: "the file cannot be read; check the path."}}
	}
	if !utf8.Valid(b) {
		if b, err = simplifiedchinese.GB18030.NewDecoder().Bytes(b); err != nil {
			return nil, err
		}
	}
	return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), nil
}

// openDays tells the stages which days are worked, by the notices that come with the program.
func openDays(d civil.Date) (works, known bool) {
	w := calendar.Embedded()
	return w.Works(d), w.State(d) != calendar.Unknown
}

// reckonCases returns the rows with due_on and article, or what is wrong with them.
func reckonCases(file string, text []byte) (rows [][]string, findings []planner.Finding) {
	stop := func(row int, column, zh, en string) {
		findings = append(findings, planner.Finding{Severity: planner.Stop, Code: "bad-case", Place: planner.Place{File: file, Row: row, Column: column}, Say: planner.Text{ZH: zh, EN: en}})
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	head, err := r.Read()
	if err != nil {
		stop(1, "", "表是空的，第一行要有列名："+strings.Join(caseColumns, "、"), "the table is empty; its first row names the columns: "+strings.Join(caseColumns, ", "))
		return nil, findings
	}
	place := map[string]int{}
	for i, h := range head {
		h = strings.TrimSpace(h)
		switch _, twice := place[h]; {
		case h == "due_on" || h == "article": // an earlier answer, reckoned anew
		case !slices.Contains(caseColumns, h):
			stop(1, h, "不认识的列，可用的有："+strings.Join(caseColumns, "、"), "unknown column; known are: "+strings.Join(caseColumns, ", "))
		case twice:
			stop(1, h, "这一列出现了两次。", "the column stands twice.")
		default:
			place[h] = i
		}
	}
	for _, need := range []string{"rules", "step"} {
		if _, ok := place[need]; !ok {
			stop(1, need, "缺少这一列。", "the column is missing.")
		}
	}
	if len(findings) > 0 {
		return nil, findings
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, findings
		}
		if err != nil {
			line := 0
			if e, ok := errors.AsType[*csv.ParseError](err); ok {
				line = e.StartLine
			}
			stop(line, "", "这一行不是逗号分隔的表格行："+err.Error(), "the row is not comma-separated: "+err.Error())
			return nil, findings
		}
		line, _ := r.FieldPos(0)
		cells := make([]string, len(caseColumns))
		for i, name := range caseColumns {
			if at, ok := place[name]; ok && at < len(record) {
				cells[i] = strings.TrimSpace(record[at])
			}
		}
		if strings.Join(cells, "") == "" {
			continue // a line of commas, as spreadsheets leave them
		}
		before := len(findings)
		if len(record) > len(head) {
			stop(line, "", "这一行的格数多于表头。", "the row has more cells than the header.")
		}
		c := followup.Case{Roll: followup.Roll(cells[8])}
		for i, into := range []*civil.Date{&c.ReceivedOn, &c.AcceptedOn, &c.AnsweredOn, nil, nil, &c.ExtendedOn, &c.HearingFrom, &c.HearingUntil} {
			if into == nil {
				continue
			}
			d, err := civil.ParseDate(strings.ReplaceAll(cells[i], "/", "-"))
			if err != nil || !d.IsZero() && (d.Year < 2000 || d.Year > 2098) {
				stop(line, caseColumns[i], "“"+cells[i]+"”不是日期，请写成 2026-03-02。", "“"+cells[i]+"” is no date; write it like 2026-03-02.")
				continue
			}
			*into = d
		}
		rules, err := followup.FindRules(followup.RulesID(cells[3]))
		if err != nil {
			e, _ := errors.AsType[*planner.Error](err)
			stop(line, "rules", e.Say.ZH, e.Say.EN)
		}
		if len(findings) > before {
			continue
		}
		d, err := rules.Of(followup.Step(cells[4]), c, openDays)
		if e, ok := errors.AsType[*planner.Error](err); ok {
			stop(line, e.Where, e.Say.ZH, e.Say.EN)
			continue
		}
		cite := d.Cite()
		rows = append(rows, append(cells, d.DueOn.String(), cite.ZH+" "+cite.EN))
	}
}
