package web

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// town is a small county through the whole product: roster, published plan, laid year, reminders, accounts. All names are
// invented.
type town struct {
	*pipeline.App
	server *Server
}

const townPassword = "十五日去付村社区看看"

// newTown makes four villages of three groups, four leaders, three section-level cadres, six of staff and sixty households.
func newTown(t *testing.T) *town {
	t.Helper()
	townOnce.Do(func() {
		url := dbtest.SQLite(t)
		buildTown(t, url)
		b, err := os.ReadFile(strings.TrimPrefix(url, "sqlite:"))
		if err != nil {
			t.Fatal(err)
		}
		townFile = b
	})
	if townFile == nil {
		t.Fatal("the town could not be made, see the first test")
	}
	path := filepath.Join(t.TempDir(), "town.db")
	if err := os.WriteFile(path, townFile, 0o600); err != nil {
		t.Fatal(err)
	}
	app := townApp(t, "sqlite:"+path)
	t.Cleanup(func() { app.DB.Close() })
	app.NewID = planner.SeededIDs(2, t.Name())
	return &town{App: app, server: &Server{App: app, Version: "test"}}
}

// The town is made once and copied for each test.
var (
	townOnce sync.Once
	townFile []byte
)

// townApp opens a town's database.
func townApp(t *testing.T, url string) *pipeline.App {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: url, Keys: store.TestKeyring(1), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) // 08:00 in Shanghai
	return &pipeline.App{DB: db, Now: func() time.Time { return now }, Zone: shanghai, NewID: planner.SeededIDs(1, t.Name()), Host: "lianxin.example",
		BaseURL: "https://lianxin.example", Office: office().App.Office, Preset: "yima", Channels: []notifier.Channel{notifier.File{Dir: t.TempDir()}}, Log: slog.New(slog.DiscardHandler)}
}

// buildTown fills an empty database and closes it.
func buildTown(t *testing.T, url string) {
	t.Helper()
	app := townApp(t, url)
	db, now := app.DB, app.Now()
	sys := planner.System("test")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	r := townRoster()
	must(db.Write(t.Context(), sys, store.Op{Name: "test", Now: now}, func(tx *store.Tx) error {
		for _, put := range []func() error{func() error { return tx.PutAreas(r.Areas) }, func() error { return tx.PutUnits(r.Units) },
			func() error { return tx.PutCadres(r.Cadres) }, func() error { return tx.PutHouseholds(r.Households) },
			func() error {
				return tx.PutTasks([]planner.Task{{ID: "T1", Key: "promise/1", Kind: planner.TaskPromise, Owner: "S1", Household: "H001", State: planner.TaskReady,
					Say: planner.Text{ZH: "问清灌溉水费标准并回话", EN: "Find out the irrigation fee and tell them"}, StartOn: day("2025-12-15"), DueOn: day("2026-01-12"), EndOn: day("2026-02-11")}})
			}} {
			if err := put(); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := app.Plan(t.Context(), sys, pipeline.PlanRequest{Period: 2026})
	must(err)
	_, err = app.Review(t.Context(), sys, 2026)
	must(err)
	_, _, err = app.Publish(t.Context(), sys, 2026, true)
	must(err)
	for _, year := range []int{2026, 2027} {
		_, err = app.LayYear(t.Context(), sys, year, nil)
		must(err)
	}
	must(app.EnsureFeedTokens(t.Context()))
	for _, a := range []planner.Account{
		{Login: "admin", Name: "管理员", Roles: []planner.Role{planner.RoleAdmin}},
		{Login: "office", Name: "经办人", Roles: []planner.Role{planner.RolePlanner}},
		{Login: "liaison", Name: "联络员", Roles: []planner.Role{planner.RoleLiaison}, Units: []planner.UnitID{"U1"}},
		{Login: "secretary", Name: "秘书", Roles: []planner.Role{planner.RoleSecretary}, ActsFor: []planner.CadreID{"L1"}},
		{Login: "leader", Name: "甲领导", Roles: []planner.Role{planner.RoleLeader}, Cadre: "L1"},
		{Login: "cadre", Name: "丙一", Roles: []planner.Role{planner.RoleCadre}, Cadre: "S1"},
	} {
		_, err := app.Appoint(t.Context(), sys, a)
		must(err)
		must(app.SetPassword(t.Context(), sys, a.Login, townPassword))
	}
	_, err = db.Writer().ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)") // else the file alone would lack the end
	must(err)
	must(db.Close())
}

func townRoster() (r planner.Roster) {
	r.Areas = []planner.Area{{Code: "411281", Name: "示例市", Level: planner.LevelCounty}}
	for t := 1; t <= 2; t++ {
		town := planner.AreaCode(fmt.Sprintf("41128100%d", t))
		r.Areas = append(r.Areas, planner.Area{Code: town, Name: []string{"", "东街道", "西街道"}[t], Level: planner.LevelTownship, Parent: "411281"})
		for v := 1; v <= 2; v++ {
			village := planner.AreaCode(fmt.Sprintf("%s%03d", town, v))
			r.Areas = append(r.Areas, planner.Area{Code: village, Name: []string{"付村社区居委会", "霍村社区居委会", "石门社区居委会", "梁沟社区居委会"}[2*t+v-3], Level: planner.LevelVillage, Parent: town})
			for g := 1; g <= 3; g++ {
				r.Areas = append(r.Areas, planner.Area{Code: planner.AreaCode(fmt.Sprintf("%s-%02d", village, g)), Name: fmt.Sprintf("第%d网格", g), Level: planner.LevelGroup, Parent: village})
			}
			for h := range 15 {
				n := len(r.Households) + 1
				hh := planner.Household{ID: planner.HouseholdID(fmt.Sprintf("H%03d", n)), Code: fmt.Sprintf("28100%d-%04d", t, n), Village: village, Group: planner.AreaCode(fmt.Sprintf("%s-%02d", village, 1+h%3)),
					Head: []string{"张某某", "王某某", "𬭎某某", "欧阳某某"}[h%4], Hours: []planner.Hours{planner.HoursAny, planner.HoursMorning, planner.HoursAfternoon}[h%3], Consent: planner.ConsentGiven, Active: true}
				if h%5 == 0 {
					hh.Needs = []planner.Need{planner.NeedFarming}
				}
				r.Households = append(r.Households, hh)
			}
		}
	}
	r.Households[7].MuteUntil = day("2026-06-01")
	r.Units = []planner.Unit{{ID: "U1", Code: "D01", Name: "示例局", Network: planner.NetworkBureau, Area: "411281", Villages: []planner.AreaCode{"411281001001"}}}
	add := func(id, code, name, title string, rank planner.Rank, head bool) {
		r.Cadres = append(r.Cadres, planner.Cadre{ID: planner.CadreID(id), Code: code, Name: name, Unit: "U1", Title: title, Rank: rank, Head: head, Active: true, Skills: []planner.Need{planner.NeedFarming}, Portfolio: []string{"教育", "卫生"}})
	}
	for i, n := range []string{"甲领导", "乙领导", "丁领导", "戊领导"} {
		add(fmt.Sprintf("L%d", i+1), fmt.Sprintf("G000%d", i+1), n, []string{"市委书记", "市长", "副市长", "副市长"}[i], planner.RankLeader, i < 2)
	}
	for i, n := range []string{"庚科", "辛科", "壬科"} {
		add(fmt.Sprintf("K%d", i+1), fmt.Sprintf("G010%d", i+1), n, "科长", planner.RankSection, false)
	}
	for i, n := range []string{"丙一", "丙二", "喆 静", "丙四", "丙五", "阿依古丽·买买提"} {
		add(fmt.Sprintf("S%d", i+1), fmt.Sprintf("G020%d", i+1), n, "", planner.RankStaff, false)
	}
	return r
}
