// Watches two keys and keeps a lease alive with etcd's own client, and prints what it is told.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{os.Args[1]}, DialTimeout: 10 * time.Second})
	check(err)
	defer client.Close()

	// Both are on one stream, and so is the progress that is asked for.
	first, stop := context.WithCancel(ctx)
	watched := client.Watch(first, "one", clientv3.WithCreatedNotify())
	kept := client.Watch(ctx, "two", clientv3.WithCreatedNotify())
	show("one", <-watched)
	show("two", <-kept)
	show("one", <-watched)
	check(client.RequestProgress(ctx))
	show("two", <-kept)
	stop()
	show("two", <-kept)

	lease, err := client.Grant(ctx, 60)
	check(err)
	alive, err := client.KeepAlive(ctx, lease.ID)
	check(err)
	beat := <-alive
	fmt.Printf("lease %x lives for %d s\n", beat.ID, beat.TTL)
}

func show(name string, answer clientv3.WatchResponse) {
	check(answer.Err())
	fmt.Printf("%s: created %t, progress %t", name, answer.Created, answer.IsProgressNotify())
	for _, event := range answer.Events {
		fmt.Printf(", %s %s=%s", event.Type, event.Kv.Key, event.Kv.Value)
	}
	fmt.Println()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
