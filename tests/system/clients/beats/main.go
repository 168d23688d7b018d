// Beats' own client of Lumberjack 2 sends numbered events, as send.mjs does:
//
//	beats PORT FIRST COUNT COMPRESSION
//
// Windows alternate between the client that waits for each and the one that has
// several under way. What was not acknowledged is sent again, for two minutes.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	lumber "github.com/elastic/go-lumber/client/v2"
)

const (
	batch = 20
	pause = 60 * time.Millisecond // that the load lasts while the server is started again
)

func events(client string, from, count int) []interface{} {
	var some []interface{}
	for n := from; n < from+count; n++ {
		some = append(some, map[string]interface{}{"@timestamp": "2026-11-22T08:00:00.000Z", "client": client, "n": n})
	}
	return some
}

// waiting sends one window and returns how many were acknowledged.
func waiting(address, client string, from, count, level int) int {
	sender, err := lumber.SyncDial(address, lumber.CompressionLevel(level), lumber.Timeout(10*time.Second))
	if err != nil {
		return 0
	}
	defer sender.Close()
	acked, _ := sender.Send(events(client, from, count))
	return acked
}

// pipelined sends two windows at once; only when both are acknowledged do they count.
func pipelined(address, client string, from, count, level int) int {
	sender, err := lumber.AsyncDial(address, 2, lumber.CompressionLevel(level), lumber.Timeout(10*time.Second))
	if err != nil {
		return 0
	}
	defer sender.Close()
	done := make(chan error, 2)
	sent := 0
	for half := 0; half < 2; half++ {
		some := events(client, from+half*count/2, count/2)
		if err := sender.Send(func(_ uint32, err error) { done <- err }, some); err != nil {
			return 0
		}
		sent += len(some)
	}
	for half := 0; half < 2; half++ {
		if err := <-done; err != nil {
			return 0
		}
	}
	return sent
}

func main() {
	var numbers [4]int
	for at := range numbers {
		number, err := strconv.Atoi(os.Args[at+1])
		if err != nil {
			fmt.Fprintln(os.Stderr, "usage: beats PORT FIRST COUNT COMPRESSION")
			os.Exit(2)
		}
		numbers[at] = number
	}
	address := fmt.Sprintf("127.0.0.1:%d", numbers[0])
	at, end, level := numbers[1], numbers[1]+numbers[2], numbers[3]
	client := fmt.Sprintf("beats%d", level)
	again := 0
	for turn := 0; at < end && turn < 2000; turn++ {
		count := min(batch, end-at)
		send := waiting
		if turn%2 == 1 && count%2 == 0 {
			send = pipelined
		}
		acked := send(address, client, at, count, level)
		if acked < count {
			again++
		}
		at += acked
		time.Sleep(pause)
	}
	line, _ := json.Marshal(map[string]interface{}{"client": client, "sent": numbers[2], "left": end - at, "again": again})
	fmt.Println(string(line))
	if at < end {
		os.Exit(1)
	}
}
