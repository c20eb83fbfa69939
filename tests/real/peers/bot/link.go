package main

import (
	"context"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/dynamicpb"
)

const (
	// How long a stream may take to open.
	opening = 10 * time.Second
	// A hub that says nothing for so long is given up; its pings come more often.
	silence = 90 * time.Second
	// The bound of the delay before the next attempt, which doubles.
	firstDelay, maxDelay = 2 * time.Second, 30 * time.Second
	// After a stream that was open for so long the bound is the first one again.
	held = 30 * time.Second
	// Commands whose answers are kept, and how long.
	remembered, rememberedFor = 10_000, 5 * time.Minute
	// Messages that wait to be sent, and commands that wait for the handler.
	room = 1_000
)

type link struct {
	contract   *contract
	target, id string
	start      func(strategy string) (string, error)

	// What is to be sent, pongs apart; it outlives a stream. Nil is the last.
	queue chan payload
	// A pong answers a ping of its own stream.
	pongs chan payload
	// What was taken from the queue for a stream that had ended by then.
	kept payload
	// Whether the last word was said.
	left bool

	// Commands that wait for the handler; nil is the last.
	commands chan *asked
	answers  map[string]answer
	// The ids of `answers`, the oldest first.
	order []string

	// The key of the hub's session.
	key string
}

type asked struct {
	command
	// Whether it is looked up and remembered by its id.
	remembered bool
}

type answer struct {
	payload payload
	at      time.Time
}

func newLink(c *contract, target, id string, start func(string) (string, error)) *link {
	return &link{
		contract: c, target: target, id: id, start: start,
		queue: make(chan payload, room), commands: make(chan *asked, room), answers: map[string]answer{},
	}
}

// Queues what is to be sent; waits for room. It is sent at most once.
func (l *link) send(what payload) { l.queue <- what }

// Leaves after what is queued and what was read.
func (l *link) close() { l.commands <- nil }

// Stays connected until it has left; fails where the hub does not want the bot back.
func (l *link) run() error {
	go l.handle()
	bound := firstDelay
	for {
		began := time.Now()
		trailers, err := l.stream()
		if l.left {
			return nil
		}
		reason := first(trailers, "streaming-end")
		if isLast(err, reason) {
			return errors.Join(errors.New(reason), err)
		}
		if time.Since(began) >= held {
			bound = firstDelay
		}
		// All that lost one hub at once must not come back at once, hence anything from 0 on. The hub may know better.
		delay := rand.N(bound)
		bound = min(2*bound, maxDelay)
		if pushback, err := strconv.ParseUint(first(trailers, "grpc-retry-pushback-ms"), 10, 32); err == nil {
			delay = time.Duration(pushback) * time.Millisecond
		}
		log.Printf("lost: %s %v; next attempt in %.1f s", reason, err, delay.Seconds())
		time.Sleep(delay)
	}
}

// One stream, on a connection of its own: a client of grpc-go that has failed waits by itself before it tries again.
func (l *link) stream() (metadata.MD, error) {
	conn, err := grpc.NewClient(l.target,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 20 * time.Second}))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if l.key != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "streaming-session", l.key)
	}
	// While the stream opens, and then from one command to the next.
	patience := time.AfterFunc(opening, cancel)
	defer patience.Stop()
	bidi := &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}
	stream, err := conn.NewStream(ctx, bidi, "/trading.v1.TradingBots/Connect")
	if err != nil {
		return nil, err
	}
	// Who it is comes before the headers, which some servers send only then; the queue waits until the stream is taken.
	if err := stream.SendMsg(l.contract.encode(l.id, payload{"heartbeat": payload{}})); err != nil && err != io.EOF {
		return nil, err
	}
	l.pongs = make(chan payload, room)
	headers, err := stream.Header()
	if err == nil && headers != nil {
		resumed := l.key != "" && first(headers, "streaming-resumed") == "true"
		l.key = first(headers, "streaming-session")
		log.Printf("connected, %s session", map[bool]string{true: "the same", false: "a new"}[resumed])
		written := make(chan struct{})
		go func() {
			defer close(written)
			l.write(stream)
		}()
		err = l.read(stream, patience)
		cancel()
		<-written
	} else {
		// What has ended the stream, where it never opened.
		err = stream.RecvMsg(dynamicpb.NewMessage(l.contract.command))
	}
	return stream.Trailer(), err
}

// The only reader of a stream.
func (l *link) read(stream grpc.ClientStream, patience *time.Timer) error {
	for {
		patience.Reset(silence)
		message := dynamicpb.NewMessage(l.contract.command)
		if err := stream.RecvMsg(message); err == io.EOF {
			return status.Error(codes.OK, "")
		} else if err != nil {
			return err
		}
		command, err := decode(message)
		if err != nil {
			return err
		}
		if command.Ping != nil {
			l.pongs <- payload{"pong": payload{"sequence": command.Ping.Sequence}}
			continue
		}
		// Waiting for a handler that is far behind is no silence of the hub's.
		patience.Stop()
		// A server without sessions may mean another command by the same id.
		l.commands <- &asked{command, command.ID != "" && l.key != ""}
	}
}

// The only writer of a stream.
func (l *link) write(stream grpc.ClientStream) {
	for {
		what, isPong, ok := l.next(stream.Context())
		if !ok {
			return
		}
		if what == nil {
			l.left = true
			stream.CloseSend()
			return
		}
		if stream.Context().Err() != nil {
			// It was not handed over: a pong has become pointless, all else goes out on the next stream.
			if !isPong {
				l.kept = what
			}
			return
		}
		// From here on it is gRPC's: where the stream breaks now, nobody knows whether it has arrived. Why it broke is
		// what the reader is told.
		if stream.SendMsg(l.contract.encode(l.id, what)) != nil {
			return
		}
	}
}

// What is to be sent next, pongs first.
func (l *link) next(ctx context.Context) (what payload, isPong, ok bool) {
	if kept := l.kept; kept != nil {
		l.kept = nil
		return kept, false, true
	}
	select {
	case pong := <-l.pongs:
		return pong, true, true
	default:
	}
	select {
	case pong := <-l.pongs:
		return pong, true, true
	case what := <-l.queue:
		return what, false, true
	case <-ctx.Done():
		return nil, false, false
	}
}

// Executes commands in order. One that comes again waits behind the first, and finds its answer.
func (l *link) handle() {
	for asked := range l.commands {
		if asked == nil {
			l.queue <- nil
			return
		}
		known, ok := l.answers[asked.ID]
		if !asked.remembered || !ok || time.Since(known.at) > rememberedFor {
			known = answer{l.execute(asked), time.Now()}
			if asked.remembered {
				l.remember(asked.ID, known)
			}
		}
		if asked.ID != "" {
			l.queue <- known.payload
		}
	}
}

func (l *link) execute(asked *asked) payload {
	ack := payload{"command_id": asked.ID}
	if asked.Start == nil {
		ack["error"] = "this bot does not know the command"
	} else if message, err := l.start(asked.Start.Strategy); err != nil {
		ack["error"] = err.Error()
	} else {
		ack["success"], ack["message"] = true, message
	}
	return payload{"command_ack": ack}
}

func (l *link) remember(id string, answer answer) {
	// An answer that was too old comes to the end.
	if _, ok := l.answers[id]; ok {
		for i, known := range l.order {
			if known == id {
				l.order = append(l.order[:i], l.order[i+1:]...)
				break
			}
		}
	}
	l.answers[id] = answer
	l.order = append(l.order, id)
	for len(l.order) > remembered || time.Since(l.answers[l.order[0]].at) > rememberedFor {
		delete(l.answers, l.order[0])
		l.order = l.order[1:]
	}
}

// There is no use in coming back after these.
func isLast(err error, reason string) bool {
	switch status.Code(err) {
	case codes.Unauthenticated, codes.PermissionDenied, codes.InvalidArgument, codes.Unimplemented,
		codes.FailedPrecondition:
		return true
	}
	return reason == "replaced"
}

func first(headers metadata.MD, name string) string {
	if values := headers.Get(name); len(values) > 0 {
		return values[0]
	}
	return ""
}
