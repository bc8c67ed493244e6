package pairing

import "lianxin/planner/rule"

// Preset is a named practice of how many targets a cadre of each rank takes; see [rule.Preset].
type Preset = rule.Preset

// Presets lists the practices that come with the program, in the order to offer.
func Presets() []Preset { return rule.Presets() }

// PresetByID finds a preset; NotFound names those that exist.
func PresetByID(id string) (Preset, error) { return rule.PresetByID(id) }
