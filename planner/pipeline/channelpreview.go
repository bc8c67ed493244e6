package pipeline

import (
	"context"
	"fmt"
	"slices"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
)

// PreviewChannel shows the nearest reminder that uses a template as a channel would show it, by language: escaped and cut for the channel,
// with real data. An empty template takes the nearest reminder of all. For those who see all; NotFound if there is no such channel or reminder.
func (a *App) PreviewChannel(ctx context.Context, p planner.Principal, channel, template string, until civil.Date) (map[string]string, error) {
	if !p.SeesAll() {
		return nil, mustPlan(p)
	}
	c, err := a.channelNamed(channel)
	if err != nil {
		return nil, err
	}
	list, err := a.listed(ctx, "preview a channel for "+p.Name, until)
	if err != nil {
		return nil, err
	}
	now := a.Now()
	i := slices.IndexFunc(list.notices, func(n notifier.Notice) bool {
		return template == "" && !n.DueAt.Before(now) || template != "" && n.Template == template
	})
	if i < 0 {
		return nil, planner.Fail(planner.NotFound, "近期没有用到“"+template+"”的提醒，没有实际数据可以预览。", "no reminder of the near future uses "+template+"; there is nothing real to preview with.")
	}
	out := map[string]string{}
	for _, l := range lang.Langs {
		content, err := a.render(l, list.notices[i:i+1])
		if err != nil {
			return nil, fmt.Errorf("preview %s: %w", channel, err)
		}
		out[l] = notifier.PreviewOf(c, content.Message("preview", "", false))
	}
	return out, nil
}
