package pipeline

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// MatterWish is what is written down when a matter comes in. What is empty is not known; a name may always stay empty.
type MatterWish struct {
	Kind            planner.MatterKind `json:"kind"`
	Area            planner.AreaCode   `json:"area"` // empty: the county
	Topic           planner.Need       `json:"topic"`
	Title           string             `json:"title"`
	Story           string             `json:"story"`
	Name            string             `json:"name"` // masked before it is stored
	Contact         string             `json:"contact"`
	Persons         int                `json:"persons"`         // 0: one
	Representatives int                `json:"representatives"` // of a joint visit, at most 5
	ReceivedOn      civil.Date         `json:"received_on"`     // zero: today
	Receiver        planner.CadreID    `json:"receiver"`        // empty: who registers
	Unit            planner.UnitID     `json:"unit"`            // empty: the receiver's
	National        string             `json:"national"`
	Agreed          bool               `json:"agreed"`       // to be asked afterwards
	Asked           bool               `json:"asked"`        // of a remark: the resident asks that it be handled
	PromisedOn      civil.Date         `json:"promised_on"`  // of a square item
	Answer          string             `json:"answer"`       // of a square item: answered on the spot
	ComplaintTo     string             `json:"complaint_to"` // 检举控告: the body it is sent to; nothing else is kept
}

// Registered is the new matter with the code of its slip, which exists in this one answer only.
type Registered struct {
	Matter planner.MatterID `json:"matter,omitempty"`
	Number string           `json:"number,omitempty"`
	Code   string           `json:"code,omitempty"`
	Routed string           `json:"routed,omitempty"` // the body a 检举控告 was sent to
}

// Settings of matters; a missing one has its default.
const (
	settingRules   = "matter.rules"
	settingRoll    = "matter.roll"
	settingLeadCap = "lead.cap"
	settingDuties  = "lead.duties"
)

// RegisterMatter 登记. The clerk at the counter, room and station staff, unit liaisons, leaders and those who act for them, and the
// planner may. The receiver's unit owns the matter until another accepts it (首接首办). A 检举控告 is counted with the body it was sent
// to, and nothing else of it is kept.
//
// Errors: Forbidden to visitors; Invalid for what is missing, more than five representatives, or a number in free words that must
// not stand there.
func (a *App) RegisterMatter(ctx context.Context, p planner.Principal, w MatterWish) (out Registered, err error) {
	return a.registerMatter(ctx, p, w, func(*store.Tx, planner.MatterID) error { return nil })
}

// registerMatter runs also in the transaction of the new matter.
func (a *App) registerMatter(ctx context.Context, p planner.Principal, w MatterWish, also func(*store.Tx, planner.MatterID) error) (out Registered, err error) {
	if !p.Is(planner.RolePlanner, planner.RoleClerk, planner.RoleLiaison, planner.RoleLeader, planner.RoleSecretary, planner.RoleCadre, planner.RoleSupervisor) {
		return out, mattersForbidden(p)
	}
	now, today := a.Now(), a.Today()
	if w.ReceivedOn.IsZero() {
		w.ReceivedOn = today
	}
	if w.ComplaintTo != "" {
		err := a.DB.Write(ctx, p, store.Op{Name: "route-complaint", Now: now}, func(tx *store.Tx) error {
			return tx.AddRouted(a.NewID(), w.ReceivedOn, cmp.Or(w.Kind, planner.MatterLetter), w.ComplaintTo)
		})
		return Registered{Routed: w.ComplaintTo}, err
	}
	if err := w.check(today); err != nil {
		return out, err
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return out, err
	}
	m, err := a.newMatter(p, w, words)
	if err != nil {
		return out, err
	}
	code := newSlipCode()
	m.CodeHash = slipHash(code)
	err = a.DB.Write(ctx, p, store.Op{Name: "register-matter", Now: now}, func(tx *store.Tx) (err error) {
		next := m
		if err := stampRules(tx, &next); err != nil {
			return err
		}
		if next.Number, err = nextNumber(tx, next.ReceivedOn.Year); err != nil {
			return err
		}
		act := planner.Act{ID: planner.ActID(a.NewID()), Matter: next.ID, Kind: planner.ActRegister, On: next.ReceivedOn, By: next.Receiver, Unit: next.ReceiverUnit}
		acts := []planner.Act{act}
		if w.Kind == planner.MatterSquare && w.Answer != "" {
			if next, acts, err = a.answerOnTheSpot(next, acts, w.Answer, words); err != nil {
				return err
			}
		}
		if next, err = followup.Stamp(next, words.open); err != nil {
			return err
		}
		if err := tx.PutMatter(next); err != nil {
			return err
		}
		for _, act := range acts {
			if err := tx.AddAct(act); err != nil {
				return err
			}
		}
		if err := tx.PutMatterTasks(next.ID, a.deadlineTasks(nil, next, words)); err != nil {
			return err
		}
		out = Registered{Matter: next.ID, Number: next.Number, Code: code}
		return also(tx, next.ID)
	})
	return out, err
}

func mattersForbidden(p planner.Principal) error {
	if !p.Signed() {
		return mustSignIn()
	}
	return planner.Fail(planner.Forbidden, "您的账号不能办这一步，请联系承办单位或经办人。", "your account may not do this; ask the unit in charge or the planner")
}

func (w MatterWish) check(today civil.Date) error {
	bad := func(zh, en string) error { return planner.Fail(planner.Invalid, zh, en) }
	switch {
	case !slices.Contains(planner.MatterKinds, w.Kind):
		return bad("来源请选来信（letter）、来访（reception）、网上（online）、政务广场（square）或民情问题（remark）。", "choose how it came: letter, reception, online, square or remark")
	case strings.TrimSpace(w.Title) == "":
		return bad("请填事由，几个字即可，不写姓名。", "give the matter a few words, without names")
	case len([]rune(w.Title)) > 60:
		return bad("事由请控制在60字以内，详情写在内容里。", "keep the title within 60 characters; details go into the story")
	case w.Topic != "" && !slices.Contains(planner.Needs, w.Topic):
		return bad("没有“"+string(w.Topic)+"”这个类别。", "there is no topic "+string(w.Topic))
	case w.ReceivedOn.After(today):
		return bad("收到日"+w.ReceivedOn.String()+"还没有到。", "the day of receipt, "+w.ReceivedOn.String()+", has not come yet")
	case w.Representatives > planner.MostRepresentatives:
		return bad("多人走访的代表不超过5人（《信访工作条例》第二十条），其他人只计人数。", "at most 5 representatives (Regulations on Petition Work, Art. 20); the others are only counted")
	case w.Persons < 0 || w.Representatives < 0 || w.Persons > 0 && w.Representatives > w.Persons:
		return bad("来访人数不能少于代表人数。", "there cannot be fewer persons than representatives")
	case w.Kind == planner.MatterSquare && w.Answer == "" && !w.PromisedOn.After(w.ReceivedOn):
		return bad("政务广场的事项要么当场答复，要么写明限期答复的日期。", "a square item is answered on the spot or by a promised later day")
	}
	for field, s := range map[string]string{"事由 title": w.Title, "内容 story": w.Story, "答复 answer": w.Answer} {
		if what, found := sheet.NumberIn(s); found {
			return bad(field+"里有"+what.ZH+"，请删去；联系方式填在“联系方式”一栏。", field+" holds "+what.EN+"; take it out. A contact goes into its own field.")
		}
	}
	return nil
}

// newMatter turns a wish into a matter: the name masked, receiver and unit found.
func (a *App) newMatter(p planner.Principal, w MatterWish, words matterWords) (planner.Matter, error) {
	m := planner.Matter{ID: planner.MatterID(a.NewID()), Kind: w.Kind, State: planner.MatterRegistered, Area: w.Area, Topic: w.Topic, Title: strings.TrimSpace(w.Title),
		Story: w.Story, Contact: w.Contact, Persons: max(1, w.Persons, w.Representatives), Representatives: w.Representatives, National: strings.TrimSpace(w.National),
		ReceivedOn: w.ReceivedOn, PromisedOn: w.PromisedOn, Agreed: w.Agreed, Receiver: cmp.Or(w.Receiver, p.Cadre), Unit: w.Unit}
	if w.Kind == planner.MatterSquare || w.Kind == planner.MatterRemark && !w.Asked {
		m.State = planner.MatterNoted
	}
	if w.Name != "" {
		m.Name, _ = sheet.MaskHead(w.Name)
	}
	if m.Receiver == "" && len(p.ActsFor) == 1 {
		m.Receiver = p.ActsFor[0]
	}
	if m.Receiver != "" {
		c, ok := words.cadre[m.Receiver]
		if !ok {
			return m, planner.Fail(planner.NotFound, "名册里没有这位接待人。", "the receiver is not in the roster")
		}
		m.Unit = cmp.Or(m.Unit, c.Unit)
	}
	if m.Unit == "" && len(p.Units) == 1 {
		m.Unit = p.Units[0]
	}
	if m.Unit == "" {
		m.Unit = words.bureau
	}
	if words.unit[m.Unit] == "" {
		return m, planner.Fail(planner.Invalid, "请写明首接单位。", "name the unit that received it")
	}
	m.ReceiverUnit = m.Unit
	m.Area = cmp.Or(m.Area, words.county)
	if words.area[m.Area] == "" {
		return m, planner.Fail(planner.Invalid, "没有区划“"+string(m.Area)+"”，请填事项所在村（社区）的代码。", "there is no area "+string(m.Area)+"; give the code of the village")
	}
	return m, nil
}

// answerOnTheSpot answers and closes a square item in public.
func (a *App) answerOnTheSpot(m planner.Matter, acts []planner.Act, answer string, words matterWords) (planner.Matter, []planner.Act, error) {
	for _, d := range []followup.Deed{{Kind: planner.ActAnswer, Reason: answer}, {Kind: planner.ActClose, Outcome: planner.OutcomeSolved, Reason: answer}} {
		d.On, d.By = m.ReceivedOn, m.Receiver
		next, act, err := followup.MoveMatter(m, d, words.open)
		if err != nil {
			return m, acts, err
		}
		act.ID = planner.ActID(a.NewID())
		m, acts = next, append(acts, act)
	}
	return m, acts, nil
}

// stampRules writes the office's rule set and rolling rule onto a new matter, so that a later setting changes no running case.
func stampRules(tx *store.Tx, m *planner.Matter) error {
	rules, err := tx.Setting(settingRules)
	if err != nil {
		return err
	}
	roll, err := tx.Setting(settingRoll)
	m.Rules, m.Roll = cmp.Or(rules, string(followup.National2022)), cmp.Or(roll, string(followup.RollNone))
	return err
}

// nextNumber is the year and a running number: 2026-0001.
func nextNumber(tx *store.Tx, year int) (string, error) {
	prefix := strconv.Itoa(year) + "-"
	last, err := tx.LastMatterNumber(prefix)
	if err != nil {
		return "", err
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(last, prefix))
	return fmt.Sprintf("%s%04d", prefix, n+1), nil
}

// newSlipCode is a code of 80 random bits for the person's slip: four groups of four.
func newSlipCode() string {
	s := rand.Text()[:16]
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// slipHash forgives spaces, dashes and lower case, as people type.
func slipHash(code string) string {
	code = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z' || r >= '2' && r <= '7':
			return r
		}
		return -1
	}, code)
	sum := sha256.Sum256([]byte("matter/" + code))
	return hex.EncodeToString(sum[:])
}

// matterWords are the names and the network that matters need, read once for a use case. They are the office's own people and
// units, not the residents.
type matterWords struct {
	rosterWords
	area   map[planner.AreaCode]string
	units  map[planner.UnitID]planner.Unit
	byCode map[string]planner.UnitID
	office *followup.Office
	county planner.AreaCode
	bureau planner.UnitID
	work   *calendar.Workdays // by the notices; a county's own closed days move no statutory deadline
}

// open tells the stages which days are worked, and whether that is known.
func (w matterWords) open(d civil.Date) (works, known bool) {
	return w.work.Works(d), w.work.State(d) != calendar.Unknown
}

func (a *App) matterWords(ctx context.Context) (w matterWords, err error) {
	var r planner.Roster
	work := calendar.Embedded()
	err = a.DB.Read(ctx, planner.System("names of units and villages for matters"), func(tx *store.Tx) (err error) {
		if r, err = tx.Roster(); err != nil {
			return err
		}
		days, err := officeDaysOf(tx)
		if err == nil && len(days.taken) > 0 {
			work, err = calendar.Current(days.taken, nil)
		}
		return err
	})
	if err != nil {
		return w, err
	}
	w = matterWords{rosterWords: wordsOf(r), area: map[planner.AreaCode]string{}, units: map[planner.UnitID]planner.Unit{}, byCode: map[string]planner.UnitID{}, office: followup.NewOffice(r), work: work}
	for _, a := range r.Areas {
		w.area[a.Code] = a.Name
		if a.Level == planner.LevelCounty && w.county == "" {
			w.county = a.Code
		}
	}
	for _, u := range r.Units {
		w.units[u.ID], w.byCode[u.Code] = u, u.ID
		if u.Network == planner.NetworkBureau && w.bureau == "" {
			w.bureau = u.ID
		}
	}
	return w, nil
}

// above is the unit one rung up, "" at the top.
func (w matterWords) above(u planner.UnitID) planner.UnitID { return w.byCode[w.units[u].Parent] }

// inUnit reports whether somebody belongs to a unit or stands above it in the network.
func (w matterWords) inUnit(p planner.Principal, u planner.UnitID) bool {
	for seen := map[planner.UnitID]bool{}; u != "" && !seen[u]; u = w.above(u) {
		seen[u] = true
		if slices.Contains(p.Units, u) {
			return true
		}
	}
	return false
}
