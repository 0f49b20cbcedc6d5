    --*)
      echo "Error: $1 is not supported"
      usage 1
      ;;
