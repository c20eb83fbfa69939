// A trading bot on grpc-go, as docs/clients.md asks of a client: it comes back when its stream is lost, goes on with its
// session, answers pings and executes no command twice. It does what a line on its input says, and prints what happens:
//
//	bot HOST:PORT ID DESCRIPTORS    `trade SYMBOL`: reports a trade; `go`: lets handlers that wait go on; `close`: leaves
//
// Messages are made from the contract's descriptors, so that nothing has to be generated.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
)

// A peer is what the bot does: its handlers, and what its input says.
type peer struct {
	link     *link
	executed int
	// Closed when handlers that wait may go on.
	gone chan struct{}
}

func main() {
	log.SetFlags(0)
	log.SetOutput(os.Stdout)
	contract, err := read(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	p := &peer{gone: make(chan struct{})}
	p.link = newLink(contract, os.Args[1], os.Args[2], p.start)
	go p.obey(os.Stdin)
	log.Print("running")
	if err := p.link.run(); err != nil {
		log.Fatalf("ended for good: %v", err)
	}
}

func (p *peer) start(strategy string) (string, error) {
	p.executed++
	log.Printf("executing %s", strategy)
	switch strategy {
	case "fail":
		return "", errors.New("not this strategy")
	case "wait":
		<-p.gone
	}
	return fmt.Sprintf("%s as number %d", strategy, p.executed), nil
}

func (p *peer) obey(input io.Reader) {
	lines := bufio.NewScanner(input)
	for lines.Scan() {
		var word, symbol string
		fmt.Sscan(lines.Text(), &word, &symbol)
		switch word {
		case "trade":
			p.link.send(payload{"trade": payload{"symbol": symbol}})
			log.Printf("queued %s", symbol)
		case "go":
			close(p.gone)
		case "close":
			p.link.close()
		}
	}
}
