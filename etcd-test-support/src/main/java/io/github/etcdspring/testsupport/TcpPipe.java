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

	private final boolean answers;

	private final BlockingQueue<Chunk> chunks = new LinkedBlockingQueue<>(CHUNKS_IN_FLIGHT);

	/**
	 * Create one direction.
	 * @param from where bytes come from
	 * @param to where they go
	 * @param conditions how they fare
	 * @param answers whether they come from the target
	 */
	TcpPipe(Socket from, Socket to, NetworkConditions conditions, boolean answers) {
		this.from = from;
		this.to = to;
		this.conditions = conditions;
		this.answers = answers;
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
			write(chunk.bytes, output);
		}
	}

	private void write(byte[] bytes, OutputStream output) throws IOException, InterruptedException {
		int sent = 0;
		while (sent < bytes.length) {
			int portion = this.conditions.portion(bytes.length - sent);
			int taken = (this.answers) ? this.conditions.take(portion) : portion;
			output.write(bytes, sent, taken);
			if (taken < portion) {
				throw new IOException("No more bytes are allowed");
			}
			sent += portion;
			TimeUnit.NANOSECONDS.sleep(this.conditions.duration(portion));
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
