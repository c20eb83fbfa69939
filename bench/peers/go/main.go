// The benchmark's server on grpc-go: a map of the clients, a channel of commands and two goroutines for each stream. It
// prints its address, and serves until its standard input ends.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"benchpeer/pb"
)

// Commands that wait for a client.
const queue = 128

type stream = grpc.BidiStreamingServer[pb.BotMessage, pb.BotCommand]

type bots struct {
	pb.UnimplementedBotsServer
	mu      sync.RWMutex
	clients map[string]chan<- *pb.BotCommand
}

func (b *bots) Connect(s stream) error {
	// Clients may wait for the headers before they say anything.
	if err := s.SendHeader(nil); err != nil {
		return err
	}
	message, err := s.Recv()
	if err != nil {
		return err
	}
	id := message.GetClientId()
	if id == "" {
		return status.Error(codes.InvalidArgument, "no client id")
	}
	commands := make(chan *pb.BotCommand, queue)
	b.insert(id, commands)
	defer b.remove(id, commands)

	ctx, cancel := context.WithCancel(s.Context())
	written := make(chan struct{})
	go func() {
		defer close(written)
		defer cancel()
		for command := range commands {
			if s.Send(command) != nil {
				return
			}
		}
	}()
	err = read(ctx, s, message, commands)
	// What is queued is still written.
	close(commands)
	<-written
	if err == io.EOF {
		return nil
	}
	return err
}

func read(ctx context.Context, s stream, message *pb.BotMessage, commands chan<- *pb.BotCommand) error {
	for {
		if trade := message.GetTrade(); trade != nil {
			command := &pb.BotCommand{Payload: &pb.BotCommand_Start{Start: &pb.Start{Strategy: trade.GetSymbol()}}}
			select {
			case commands <- command:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		var err error
		if message, err = s.Recv(); err != nil {
			return err
		}
	}
}

func (b *bots) insert(id string, commands chan<- *pb.BotCommand) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clients[id] = commands
}

// Unless somebody else has the id by now.
func (b *bots) remove(id string, commands chan<- *pb.BotCommand) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.clients[id] == commands {
		delete(b.clients, id)
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	pb.RegisterBotsServer(server, &bots{clients: make(map[string]chan<- *pb.BotCommand)})
	fmt.Println(listener.Addr())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		server.Stop()
	}()
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
