package io.github.etcdspring.clinic.admin;

import de.codecentric.boot.admin.server.config.EnableAdminServer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Shows health, loggers and environment of all services.
 */
@EnableAdminServer
@SpringBootApplication(proxyBeanMethods = false)
public class AdminApplication {

	public static void main(String[] args) {
		SpringApplication.run(AdminApplication.class, args);
	}

}
