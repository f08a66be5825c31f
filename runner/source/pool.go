package source

import "sync"

// Pool gives one client to all who ask for an equal config. Its methods may be
// called by several goroutines at once.
type Pool struct {
	options Options
	mu      sync.Mutex
	clients map[string]*Client
	conns   *connections
}

// NewPool returns a pool without clients.
func NewPool(o Options) *Pool {
	return &Pool{options: o.withDefaults(), clients: map[string]*Client{}, conns: &connections{open: map[*trackedConn]struct{}{}}}
}

// Client returns the client for the config. The error is an *Error, that of
// CheckBaseURL, CheckHTTP or CheckNetwork, or the first of TLS.Check.
func (p *Pool) Client(config Config) (*Client, error) {
	config = config.withDefaults()
	key := config.Key()
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.clients[key]; c != nil {
		return c, nil
	}
	c, err := newClient(config, p.options, p.conns)
	if err != nil {
		return nil, err
	}
	p.clients[key] = c
	return c, nil
}

// Close ends what gets tokens and closes all connections. Call it when the last
// request is done.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.clients {
		c.tokens.close()
		for _, t := range c.lanes.transports {
			t.CloseIdleConnections() // with the courtesies of TLS and HTTP/2
		}
	}
	p.conns.close()
}
