package io.github.etcdspring.console.browser;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Services for the pictures of the documentation.
 */
final class ExampleShop {

	private static final List<String> SERVICES = List.of("billing", "cart", "catalog", "checkout", "customers",
			"delivery", "gateway", "inventory", "payments", "pricing", "search", "stock");

	private ExampleShop() {
	}

	static void fill(ConsoleBrowser test) {
		test.etcd().etcdctl("del", "--prefix", "/services/narrow/");
		Map<String, String> entries = new LinkedHashMap<>();
		for (int service = 0; service < SERVICES.size(); service++) {
			for (int i = 0; i < 3 + service % 4; i++) {
				entries.put("/services/" + SERVICES.get(service) + "/" + SERVICES.get(service) + "-" + i,
						"{\"host\":\"10.0.%d.%d\",\"port\":8080,\"status\":\"%s\",\"metadata\":{\"zone\":\"eu-1%s\",\"version\":\"%s\"}}"
							.formatted(service, 10 + i,
									(service == 3 && i == 1) ? "OUT_OF_SERVICE"
											: (service == 11 && i == 2) ? "DOWN" : "UP",
									"abc".charAt(i % 3),
									(service % 5 == 1 && i > 1) ? "2.4.0" : "2." + service % 4 + ".0"));
			}
		}
		test.putAll(entries);
	}

}
