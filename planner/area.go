package planner

import (
	"strings"

	"lianxin/planner/civil"
)

// AreaCode is an official division code: 6 digits a county, 9 a township, 12 a village,
// a village's code + "-" + two digits a group (411281006007-03). Codes are unique in a
// database but may end and be replaced, so each area has its valid span.
type AreaCode string

// Township returns the 9-digit prefix of a village or group code, or the code itself if shorter.
func (c AreaCode) Township() AreaCode { return c[:min(9, len(c))] }

// County returns the 6-digit prefix.
func (c AreaCode) County() AreaCode { return c[:min(6, len(c))] }

// Village returns the 12-digit prefix.
func (c AreaCode) Village() AreaCode { return c[:min(12, len(c))] }

// Within reports whether c is root or lies below it in the code tree. The empty root holds all.
func (c AreaCode) Within(root AreaCode) bool { return strings.HasPrefix(string(c), string(root)) }

// AreaLevel is the level of an area; 市级 means different levels in different places, so the level
// is stored and never read off a name.
type AreaLevel string

const (
	LevelPrefecture AreaLevel = "prefecture"
	LevelCounty     AreaLevel = "county"
	LevelTownship   AreaLevel = "township"
	LevelVillage    AreaLevel = "village" // 行政村 or 社区
	LevelGroup      AreaLevel = "group"   // 自然村, 村民小组, 网格
)

// Area 区划 is a node of the tree county → township → village → group.
type Area struct {
	Code   AreaCode   `json:"code"`
	Name   string     `json:"name"`
	Level  AreaLevel  `json:"level"`
	Parent AreaCode   `json:"parent,omitempty"` // empty at the root
	Valid  civil.Span `json:"valid"`
}
