package io.github.etcdspring.faults;

import java.util.List;
import java.util.Set;

/**
 * What should not be there any more.
 */
final class ApplicationRemains {

	private ApplicationRemains() {
	}

	/**
	 * Threads of the starter and of the libraries it connects with.
	 * @param before those that were there before
	 * @return names of the others
	 */
	static List<String> threads(Set<Thread> before) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> !before.contains(thread) && thread.isAlive())
			.map(Thread::getName)
			.filter((name) -> name.matches("(etcd|grpc|vert\\.x|jetcd|failsafe).*"))
			.toList();
	}

}
