package publisher

import (
	"context"

	"courant/publisher/desk"
)

// DeskRoutes are the addresses of the desk, as they are served.
func (p *Publisher) DeskRoutes() []desk.Route { return p.desk.Routes() }

// RoutePatterns are the patterns of all addresses.
func (p *Publisher) RoutePatterns() (list []string) {
	for _, r := range p.routes() {
		list = append(list, r.pattern)
	}
	return list
}

// TendDesk does what the desk's lists need, at once.
func (p *Publisher) TendDesk(ctx context.Context) error { return p.desk.Tend(ctx) }
