// Opens a connection through a proxy with konnectivity's own client, says hello, prints the echo, and closes it; then
// one that is refused.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"sigs.k8s.io/apiserver-network-proxy/konnectivity-client/pkg/client"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	tunnel := open(ctx)
	conn, err := tunnel.DialContext(ctx, "tcp", "echo:7")
	check(err)
	_, err = conn.Write([]byte("hello"))
	check(err)
	buffer := make([]byte, 64)
	n, err := conn.Read(buffer)
	check(err)
	fmt.Printf("echo %s\n", buffer[:n])
	check(conn.Close())
	<-tunnel.Done()
	fmt.Println("closed")

	_, err = open(ctx).DialContext(ctx, "tcp", "nowhere:7")
	fmt.Printf("refused: %v\n", err)

	impatient, stop := context.WithTimeout(ctx, 100*time.Millisecond)
	defer stop()
	tunnel = open(ctx)
	_, err = tunnel.DialContext(impatient, "tcp", "slow:7")
	fmt.Printf("gave up: %v\n", err)
	<-tunnel.Done()
}

// A tunnel is for one connection.
func open(ctx context.Context) client.Tunnel {
	tunnel, err := client.CreateSingleUseGrpcTunnelWithContext(ctx, ctx, os.Args[1],
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err)
	return tunnel
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
