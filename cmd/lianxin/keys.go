package main

import (
	"context"
	"fmt"

	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// keysCmd looks after the key file.
type keysCmd struct {
	List   keysListCmd   `cmd:"" help:"有哪几把密钥，各用在多少条记录上。 Which keys there are and how many rows are under each."`
	Rotate keysRotateCmd `cmd:"" help:"换新密钥，并把所有密文改用它。 Add a new key and seal everything under it."`
}

// keysListCmd lists the keys.
type keysListCmd struct{}

// Run prints keys by ID, never their secrets.
func (keysListCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "keys", func(app *pipeline.App) error {
		uses, err := app.DB.KeyUses(ctx, operator("keys"))
		if err != nil {
			return err
		}
		return s.keyUses(uses)
	})
}

// keysRotateCmd rotates.
type keysRotateCmd struct {
	Retire bool `help:"换完后从密钥文件里删去旧密钥：换之前的备份从此打不开。 Take the old keys out of the file afterwards: backups from before can then not be read."`
	Yes    bool `help:"确认 --retire。 Confirm --retire."`
}

// Run adds a key, unless a rotation was begun and not finished, and seals everything anew under the newest one. It may be
// stopped at any time and run again.
func (c *keysRotateCmd) Run(ctx context.Context, s *Settings) error {
	if c.Retire && !c.Yes {
		return invalid("--retire 会删去旧密钥：换钥之前的备份、以及撤销换钥之前的导入时要恢复的联系方式，从此都打不开。请先另存一份密钥文件，确认后加 --yes。",
			"--retire takes the old keys away: backups from before, and contacts that undoing an import from before would bring back, can then not be read. Keep a copy of the key file, then add --yes.")
	}
	begun := false
	err := s.with(ctx, "keys", func(app *pipeline.App) error {
		uses, err := app.DB.KeyUses(ctx, operator("keys"))
		for _, u := range uses {
			begun = begun || !u.Current && u.Rows > 0
		}
		return err
	})
	if err != nil {
		return err
	}
	if begun {
		s.say("上次轮换没有做完，接着做，不再加新密钥。", "The last rotation was not finished; it goes on, and no other key is added.")
	} else if _, err := store.RotateKeyring(s.Keys); err != nil {
		return err
	} else {
		s.say("密钥文件 %s 里加了一把新密钥。请马上另存一份，和数据库备份分开放；其他正在运行的连心要重新启动，才读得到用新密钥写的内容。",
			"The key file %s has a new key. Keep a copy now, apart from the backups; restart every other running Lianxin, or it cannot read what is sealed under the new key.", s.Keys)
	}
	return s.with(ctx, "keys", func(app *pipeline.App) error {
		uses, err := app.DB.KeyUses(ctx, operator("keys"))
		if err != nil {
			return err
		}
		total := 0
		for _, u := range uses {
			if !u.Current {
				total += u.Rows
			}
		}
		bar := s.progress("换用新密钥 new key")
		n, err := app.DB.Rekey(ctx, operator("keys"), app.Now(), func(done int) { bar.step(done, total) })
		bar.end()
		if err != nil {
			return err
		}
		if uses, err = app.DB.KeyUses(ctx, operator("keys")); err != nil {
			return err
		}
		s.say("已把 %d 条记录改用新密钥。已注销住户的资料早已销毁，不会因此恢复。", "%d rows are now under the new key. What was erased stays erased.", n)
		for _, u := range uses {
			if !u.Current && u.Rows > 0 {
				return fmt.Errorf("keys: %d rows are still under key %s", u.Rows, u.ID)
			}
		}
		if !c.Retire {
			s.say("旧密钥留在文件里，以前的备份仍能打开。不再需要时：lianxin keys rotate --retire --yes", "The old keys stay in the file, so that older backups can be read. When they are no longer needed: lianxin keys rotate --retire --yes")
			return s.keyUses(uses)
		}
		if _, err := store.RetireKeys(s.Keys); err != nil {
			return err
		}
		s.say("旧密钥已从文件里删去；换钥之前的备份从此打不开。", "The old keys are gone from the file; backups from before cannot be read any more.")
		return s.keyUses(uses[len(uses)-1:])
	})
}

// keyUses prints the table.
func (s *Settings) keyUses(uses []store.KeyUse) error {
	if s.JSON {
		return s.writeJSON(uses)
	}
	var rows [][]string
	for _, u := range uses {
		now := ""
		if u.Current {
			now = "现用 current"
		}
		rows = append(rows, []string{u.ID, now, fmt.Sprint(u.Rows)})
	}
	table(s.out, []string{"密钥 key", "", "记录 rows"}, rows)
	return nil
}
