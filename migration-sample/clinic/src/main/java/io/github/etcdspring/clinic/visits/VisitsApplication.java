package io.github.etcdspring.clinic.visits;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Serves visits of pets.
 */
@SpringBootApplication(proxyBeanMethods = false)
public class VisitsApplication {

	public static void main(String[] args) {
		SpringApplication.run(VisitsApplication.class, args);
	}

}
