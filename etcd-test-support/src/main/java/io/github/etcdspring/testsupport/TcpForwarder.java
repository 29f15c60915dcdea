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
 * Forwards one direction of a connection. Receiving and sending run on separate threads,
 * so that a delay does not reduce the throughput.
 */
final class TcpForwarder {

	private static final int CHUNK_SIZE = 16 * 1024;

	private static final int CHUNKS_IN_FLIGHT = 1024;

	private final Socket from;

	private final Socket to;

	private final NetworkConditions conditions;

	private final boolean answers;

	private final BlockingQueue<Chunk> chunks = new LinkedBlockingQueue<>(CHUNKS_IN_FLIGHT);

	/**
	 * Create a forwarder.
	 * @param from the source
	 * @param to the destination
	 * @param conditions the network conditions
	 * @param answers whether the source is the target of the proxy
	 */
	TcpForwarder(Socket from, Socket to, NetworkConditions conditions, boolean answers) {
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
				throw new IOException("The allowance of bytes is exceeded");
			}
			sent += portion;
			TimeUnit.NANOSECONDS.sleep(this.conditions.duration(portion));
		}
	}

	/**
	 * Bytes in flight; an empty chunk is the end of the stream.
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
