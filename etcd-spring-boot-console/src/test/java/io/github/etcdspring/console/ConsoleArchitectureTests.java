package io.github.etcdspring.console;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import org.junit.jupiter.api.Test;

/**
 * Rules for dependencies and visibility.
 */
class ConsoleArchitectureTests {

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages("io.github.etcdspring.console");

	@Test
	void onlyPropertiesAndAutoConfigurationArePublic() {
		ArchRuleDefinition.classes()
			.that()
			.arePublic()
			.and()
			.areTopLevelClasses()
			.should()
			.haveSimpleNameStartingWith("EtcdConsole")
			.check(CLASSES);
	}

	@Test
	void classesAreFinal() {
		ArchRuleDefinition.classes()
			.that()
			.areNotInterfaces()
			.and()
			.areNotEnums()
			.and()
			.areTopLevelClasses()
			.and()
			.doNotHaveSimpleName("ConsoleApiConfiguration")
			.and()
			.doNotHaveSimpleName("ConsoleSecurityConfiguration")
			.and()
			.doNotHaveSimpleName("package-info")
			.should()
			.haveModifier(JavaModifier.FINAL)
			.check(CLASSES);
	}

	/** The application may not use it. */
	@Test
	void onlyTheSecurityDependsOnSpringSecurity() {
		ArchRuleDefinition.noClasses()
			.that()
			.doNotHaveSimpleName("ConsoleSecurityConfiguration")
			.and()
			.doNotHaveSimpleName("SecurityProblems")
			.and()
			.doNotHaveSimpleName("AuthenticatedAccess")
			.and()
			.doNotHaveSimpleName("PageRequestCache")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.springframework.security..")
			.check(CLASSES);
	}

	@Test
	void apiUsesTheOperationsAndNoClient() {
		ArchRuleDefinition.noClasses()
			.should()
			.dependOnClassesThat()
			.haveFullyQualifiedName("io.etcd.jetcd.Client")
			.check(CLASSES);
	}

}
