package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One direction of a connection: a thread that receives and one that sends, so that a
 * delay costs time and not throughput.
 */
final class TcpPipe {

	private static final int CHUNK_SIZE = 16 * 1024;

	private static final int CHUNKS_IN_FLIGHT = 1024;

	private final Socket from;

	private final Socket to;

	private final NetworkConditions conditions;

	private final BlockingQueue<Chunk> chunks = new LinkedBlockingQueue<>(CHUNKS_IN_FLIGHT);

	TcpPipe(Socket from, Socket to, NetworkConditions conditions) {
		this.from = from;
		this.to = to;
		this.conditions = conditions;
	}

	void receive() throws IOException, InterruptedException {
		InputStream input = this.from.getInputStream();
		byte[] buffer = new byte[CHUNK_SIZE];
		int length;
		do {
			length = input.read(buffer);
			byte[] bytes = Arrays.copyOf(buffer, Math.max(length, 0));
			this.chunks.put(new Chunk(bytes, System.nanoTime() + this.conditions.delay().toNanos()));
		}
		while (length != -1);
	}

	void send() throws IOException, InterruptedException {
		OutputStream output = this.to.getOutputStream();
		while (true) {
			Chunk chunk = this.chunks.take();
			TimeUnit.NANOSECONDS.sleep(chunk.due - System.nanoTime());
			this.conditions.awaitPassage();
			if (chunk.isEnd()) {
				this.to.shutdownOutput();
				return;
			}
			output.write(chunk.bytes);
		}
	}

	/**
	 * Bytes on their way, or, without any, the end of them.
	 */
	private static final class Chunk {

		private final byte[] bytes;

		private final long due;

		Chunk(byte[] bytes, long due) {
			this.bytes = bytes;
			this.due = due;
		}

		boolean isEnd() {
			return this.bytes.length == 0;
		}

	}

}
