package publisher

import "courant/publisher/desk"

// DeskRoutes are the addresses of the desk, as they are served.
func (p *Publisher) DeskRoutes() []desk.Route { return p.desk.Routes() }

// RoutePatterns are the patterns of all addresses.
func (p *Publisher) RoutePatterns() (list []string) {
	for _, r := range p.routes() {
		list = append(list, r.pattern)
	}
	return list
}
