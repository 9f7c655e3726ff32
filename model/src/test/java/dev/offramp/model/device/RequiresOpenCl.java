package dev.offramp.model.device;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs tests only where an OpenCL driver is installed, such as Debian's {@code pocl-opencl-icd};
 * with {@code OFFRAMP_REQUIRE_ALL=1} they fail without one.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(OpenClCondition.class)
public @interface RequiresOpenCl {}
